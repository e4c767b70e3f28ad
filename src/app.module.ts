import { DynamicModule, Module } from '@nestjs/common';
import { BaileysModule } from './baileys/baileys.module.js';
import type { BaileysOptions } from './baileys/baileys.options.js';
import type { Config } from './config/load-config.js';
import type { EventLimits } from './sse/event-limits.js';
import type { HttpLimits } from './server/http-limits.js';
import { LocalModule } from './local/local.module.js';
import { HealthModule } from './health/health.module.js';
import { PairingPageModule } from './pairing-page/pairing-page.module.js';
import { SqliteStorageModule } from './storage/sqlite/sqlite-storage.module.js';
import { SECURITY_GUARDS } from './security/guard/guarded-routes.decorator.js';
import { SecurityModule } from './security/security.module.js';
import { storeOptions } from './config/store-options.js';
import type { PageLinkLimits } from './security/page-links/page-link.options.js';
import type { SessionTimings } from './whatsapp/domain/session/session-timings.js';
import { parseWebVersion } from './whatsapp/domain/web-version.js';
import { WhatsappModule } from './whatsapp/whatsapp.module.js';

/** Internal: shorter durations in milliseconds, and smaller limits, for tests. */
export type ServiceTimings = Partial<SessionTimings> &
  Pick<BaileysOptions, 'keepAliveIntervalMs' | 'answerTimeoutMs'> & {
    readonly events?: Partial<EventLimits>;
    readonly http?: Partial<HttpLimits>;
    readonly pageLinks?: Partial<PageLinkLimits>;
  };

/** The root module of the standalone service. Only this file chooses adapters. */
@Module({})
export class AppModule {
  /** @param timings internal: shorter durations for tests */
  static forConfig(config: Config, timings: Omit<ServiceTimings, 'http'> = {}): DynamicModule {
    const { keepAliveIntervalMs, answerTimeoutMs, events, pageLinks, ...sessionTimings } = timings;
    const { WHATSAPP_SERVER_ROOT_KEY: serverRootKey, WHATSAPP_DEVICE_NAME: deviceName } = config;
    const whatsapp = WhatsappModule.forRoot({
      adapters: [
        LocalModule.forRoot({ maxPairingSessions: config.WHATSAPP_MAX_PAIRING_SESSIONS }),
        SqliteStorageModule.forRoot(storeOptions(config)),
        BaileysModule.forRoot({
          serverUrl: config.WHATSAPP_SERVER_URL,
          keepAliveIntervalMs,
          answerTimeoutMs,
          logLevel: config.WHATSAPP_BAILEYS_LOG,
          ...(serverRootKey === undefined ? {} : { serverRootKey }),
          ...(deviceName === undefined ? {} : { deviceName }),
        }),
      ],
      guards: SECURITY_GUARDS,
      allowedHosts: config.WHATSAPP_ALLOWED_HOSTS,
      allowedOrigins: config.WHATSAPP_CORS_ORIGINS,
      reconnects: {
        simultaneous: config.WHATSAPP_SIMULTANEOUS_LOGINS,
        perSecond: config.WHATSAPP_LOGINS_PER_SECOND,
      },
      webVersion: parseWebVersion(config.WHATSAPP_WEB_VERSION ?? '') ?? undefined,
      versionRefresh: config.WHATSAPP_VERSION_REFRESH,
      logPhoneNumbers: config.LOG_PHONE_NUMBERS,
      timings: sessionTimings,
      events,
    });
    return {
      module: AppModule,
      imports: [
        whatsapp,
        SecurityModule.over(whatsapp, {
          configuredKeys: config.WHATSAPP_API_KEYS,
          auditDays: config.WHATSAPP_AUDIT_DAYS,
          rates: {
            requestsPerMinute: config.WHATSAPP_REQUESTS_PER_MINUTE,
            pairingsPerMinute: config.WHATSAPP_PAIRINGS_PER_MINUTE,
          },
          pageLinks: {
            publicUrl: config.WHATSAPP_PUBLIC_URL ?? null,
            returnUrls: config.WHATSAPP_RETURN_URLS,
            limits: pageLinks,
          },
        }),
        HealthModule.over(whatsapp),
        PairingPageModule,
      ],
    };
  }
}
