import { DynamicModule, InjectionToken, Module, OptionalFactoryDependency } from '@nestjs/common';
import { AccountRegistry } from './accounts/account-registry.js';
import { AccountStorage } from './accounts/account-storage.js';
import { AccountEventStream } from './api/events/account-event-stream.js';
import { AccountQueue } from './sessions/account-queue.js';
import { PairingProgress } from './pairing-progress.js';
import { PairingService } from './pairing.service.js';
import { LinkRestorer } from './sessions/link-restorer.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { PairingStarter } from './sessions/pairing-starter.js';
import { SessionFactory } from './sessions/session-factory.js';
import { SessionPool } from './sessions/session-pool.js';
import { WebVersions } from './sessions/web-versions.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';
import { WHATSAPP_OPTIONS } from './whatsapp-options.js';
import type { WhatsappModuleAsyncOptions, WhatsappModuleOptions } from './whatsapp-options.js';
import { WhatsappController } from './api/whatsapp.controller.js';

const PROVIDERS = [
  PairingService,
  PairingProgress,
  WhatsappAccounts,
  PairingStarter,
  LinkRestorer,
  SessionPool,
  SessionFactory,
  AccountRegistry,
  AccountStorage,
  AccountEventStream,
  AccountQueue,
  LoginThrottle,
  WebVersions,
];

/**
 * The module that a host application imports to link WhatsApp accounts. It reads no environment variable and installs
 * nothing process-wide. Its validation, guards and error format apply only to its own routes under `/api/whatsapp`.
 */
@Module({})
export class WhatsappModule {
  static forRoot({ adapters, ...options }: WhatsappModuleOptions): DynamicModule {
    return {
      module: WhatsappModule,
      imports: [...adapters],
      controllers: [WhatsappController],
      providers: [...PROVIDERS, { provide: WHATSAPP_OPTIONS, useValue: options }],
      exports: [PairingService, WhatsappAccounts, SessionPool, WHATSAPP_OPTIONS, ...adapters],
    };
  }

  static forRootAsync({
    adapters,
    imports = [],
    inject = [],
    useFactory,
  }: WhatsappModuleAsyncOptions): DynamicModule {
    return {
      module: WhatsappModule,
      imports: [...imports, ...adapters],
      controllers: [WhatsappController],
      providers: [
        ...PROVIDERS,
        {
          provide: WHATSAPP_OPTIONS,
          inject: [...inject] as (InjectionToken | OptionalFactoryDependency)[],
          useFactory,
        },
      ],
      exports: [PairingService, WhatsappAccounts, SessionPool, WHATSAPP_OPTIONS, ...adapters],
    };
  }
}
