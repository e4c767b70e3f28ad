import type { CanActivate, Type } from '@nestjs/common';
import { ApiGuard } from './api.guard.js';

/**
 * Who may call, in the order in which they are asked: behind CrossSiteGuard, before HostNameGuard, at every controller of
 * the standalone service that has to do with accounts.
 */
export const SECURITY_GUARDS: readonly Type<CanActivate>[] = [ApiGuard];
