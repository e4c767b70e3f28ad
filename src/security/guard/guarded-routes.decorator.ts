import {
  applyDecorators,
  type CanActivate,
  Controller,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { CrossSiteGuard } from '../../whatsapp/api/guards/cross-site.guard.js';
import { HostNameGuard } from '../../whatsapp/api/guards/host-name.guard.js';
import { DomainExceptionFilter } from '../../whatsapp/api/http/domain-exception.filter.js';
import { ApiGuard } from './api.guard.js';

/** Guards of every account route of the standalone service. They run after CrossSiteGuard and before HostNameGuard. */
export const SECURITY_GUARDS: readonly Type<CanActivate>[] = [ApiGuard];

/** Marks a controller outside the core with account routes: same guards, same order and same errors as in the core. */
export function GuardedRoutes(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(CrossSiteGuard, ...SECURITY_GUARDS, HostNameGuard),
    UseFilters(DomainExceptionFilter),
  );
}
