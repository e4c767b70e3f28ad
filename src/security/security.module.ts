import { DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../whatsapp/ports/clock.js';
import { ApiGuard } from './guard/api.guard.js';
import { AuthenticationMiddleware } from './guard/authentication.middleware.js';
import { ApiKeys } from './keys/api-keys.js';
import { AuditController } from './api/audit.controller.js';
import { AuditRetention } from './audit/audit-retention.js';
import { AuditTrail } from './audit/audit-trail.js';
import { CallAudit } from './audit/call-audit.js';
import { PAGE_LINK_OPTIONS, type PageLinkOptions } from './page-links/page-link.options.js';
import { PageLinkService } from './page-links/page-link.service.js';
import { PageLinks } from './page-links/page-links.js';
import { PageLinksController } from './api/page-links.controller.js';
import { PageLinkPairings } from './page-links/page-link-pairings.js';
import { AuthFailureLog } from './guard/auth-failure-log.js';
import type { ConfiguredKey } from './keys/configured-keys.js';
import { KeyCommandHandler } from './api/key-command-handler.js';
import { KEYS_PATH } from './keys/key-request.js';
import { ApiKeyStore } from './ports/api-key.store.js';
import { AuditTrailStore } from './ports/audit-trail.store.js';
import { ControlServer } from '../control-socket/control-server.js';
import { PageLinkStore } from './ports/page-link.store.js';
import { RateLimits, type Rates } from './limits/rate-limits.js';

export interface SecurityOptions {
  /** API keys beside those in the store. */
  readonly configuredKeys: readonly ConfiguredKey[];
  /** Retention of audit entries, in days. */
  readonly auditDays: number;
  readonly rates: Rates;
  readonly pageLinks: PageLinkOptions;
}

/** Access control of the standalone service: API keys, page links, audit trail and rate limits. */
@Module({})
export class SecurityModule {
  constructor(controlServer: ControlServer, keys: ApiKeys, audit: CallAudit, clock: Clock) {
    const handler = new KeyCommandHandler(keys, audit, clock);
    controlServer.handle(KEYS_PATH, (request) => handler.handle(request));
  }

  /** @param whatsapp the WhatsappModule that is to be guarded, with its adapters */
  static over(
    whatsapp: DynamicModule,
    { configuredKeys, auditDays, rates, pageLinks }: SecurityOptions,
  ): DynamicModule {
    return {
      module: SecurityModule,
      imports: [whatsapp],
      controllers: [PageLinksController, AuditController],
      providers: [
        {
          provide: ApiKeys,
          inject: [ApiKeyStore, Clock],
          useFactory: (store: ApiKeyStore, clock: Clock) => ApiKeys.open(store, clock, configuredKeys),
        },
        {
          provide: AuditRetention,
          inject: [AuditTrailStore, Clock],
          useFactory: (trail: AuditTrailStore, clock: Clock) => new AuditRetention(trail, clock, auditDays),
        },
        { provide: PAGE_LINK_OPTIONS, useValue: pageLinks },
        {
          provide: PageLinks,
          inject: [PageLinkStore, Clock],
          useFactory: (store: PageLinkStore, clock: Clock) => PageLinks.open(store, clock, pageLinks.limits),
        },
        {
          provide: RateLimits,
          inject: [Clock],
          useFactory: (clock: Clock) => new RateLimits(rates, clock),
        },
        PageLinkService,
        PageLinkPairings,
        AuditTrail,
        CallAudit,
        AuthFailureLog,
        AuthenticationMiddleware,
        ApiGuard,
      ],
      exports: [ApiKeys, ApiGuard, AuthenticationMiddleware, RateLimits, CallAudit],
    };
  }
}
