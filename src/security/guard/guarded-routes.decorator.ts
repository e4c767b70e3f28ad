import { applyDecorators, Controller, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CrossSiteGuard } from '../../whatsapp/api/guards/cross-site.guard.js';
import { HostNameGuard } from '../../whatsapp/api/guards/host-name.guard.js';
import { WhatsappExceptionFilter } from '../../whatsapp/api/http/whatsapp-exception.filter.js';
import { SECURITY_GUARDS } from './security.guards.js';

/** A controller beside the core's that has to do with accounts, guarded in the same order and with the same errors. */
export function GuardedRoutes(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(CrossSiteGuard, ...SECURITY_GUARDS, HostNameGuard),
    UseFilters(WhatsappExceptionFilter),
  );
}
