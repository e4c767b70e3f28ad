import {
  applyDecorators,
  Controller,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { CrossSiteGuard } from '../../whatsapp/api/guards/cross-site.guard.js';
import { HostNameGuard } from '../../whatsapp/api/guards/host-name.guard.js';
import { CallInterceptor } from '../../whatsapp/api/http/call.interceptor.js';
import { DomainExceptionFilter } from '../../whatsapp/api/http/domain-exception.filter.js';
import { SECURITY_GUARDS } from './security.guards.js';

/** A controller beside the core's that has to do with accounts, guarded in the same order and with the same errors. */
export function GuardedRoutes(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(CrossSiteGuard, ...SECURITY_GUARDS, HostNameGuard),
    UseInterceptors(CallInterceptor),
    UseFilters(DomainExceptionFilter),
  );
}
