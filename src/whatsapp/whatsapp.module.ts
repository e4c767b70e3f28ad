import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { AccountRegistry } from './accounts/account-registry.js';
import { AccountStorage } from './accounts/account-storage.js';
import { AccountEventStream } from './api/events/account-event-stream.js';
import { AccountQueue } from './sessions/account-queue.js';
import { PairingService } from './pairing.service.js';
import { LinkRestorer } from './sessions/link-restorer.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { PairingStarter } from './sessions/pairing-starter.js';
import { EffectServices } from './sessions/session-effects.js';
import { SessionPool } from './sessions/session-pool.js';
import { WebVersions } from './sessions/web-versions.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';
import {
  WHATSAPP_OPTIONS,
  type WhatsappModuleAsyncOptions,
  type WhatsappModuleExtras,
  type WhatsappModuleOptions,
  type WhatsappOptions,
} from './whatsapp-options.js';
import { WhatsappController } from './api/whatsapp.controller.js';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<WhatsappOptions>({
  optionsInjectionToken: WHATSAPP_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<WhatsappModuleExtras>(
    { adapters: [], isGlobal: false },
    (definition, { adapters, isGlobal = false }) => ({
      ...definition,
      global: isGlobal,
      imports: [...(definition.imports ?? []), ...adapters],
      exports: [...adapters],
    }),
  )
  .build();

/** The type of the module class. `adapters` is required, although `setExtras` makes every extra optional. */
interface WhatsappModuleClass {
  new (): object;
  forRoot(options: WhatsappModuleOptions): DynamicModule;
  forRootAsync(options: WhatsappModuleAsyncOptions): DynamicModule;
}
const WhatsappModuleBase: WhatsappModuleClass = ConfigurableModuleClass;

/**
 * The module that a host application imports to link WhatsApp accounts. It reads no environment variable and installs
 * nothing process-wide. Its validation, guards and error format apply only to its own routes under `/api/whatsapp`.
 */
@Module({
  controllers: [WhatsappController],
  providers: [
    PairingService,
    WhatsappAccounts,
    PairingStarter,
    LinkRestorer,
    SessionPool,
    EffectServices,
    AccountRegistry,
    AccountStorage,
    AccountEventStream,
    AccountQueue,
    LoginThrottle,
    WebVersions,
  ],
  exports: [PairingService, WhatsappAccounts, SessionPool, WHATSAPP_OPTIONS],
})
export class WhatsappModule extends WhatsappModuleBase {}
