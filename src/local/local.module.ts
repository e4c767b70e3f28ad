import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { AccountLeases } from '../whatsapp/ports/account-leases.js';
import { Clock } from '../whatsapp/ports/clock.js';
import { PairingSlots } from '../whatsapp/ports/pairing-slots.js';
import { MemoryPairingSlots } from './memory-pairing-slots.js';
import { LocalAccountLeases } from './local-account-leases.js';
import { SystemClock } from './system-clock.js';

export interface LocalOptions {
  /** How many accounts may pair at the same time. Default 10. */
  readonly maxPairingSessions?: number;
}

const MAX_PAIRING_SESSIONS = 10;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<LocalOptions>({
  moduleName: 'Local',
})
  .setClassMethodName('forRoot')
  .build();

/**
 * `AccountLeases`, `PairingSlots` and `Clock` for a service of one process. Needs a store that excludes a second
 * process, such as `SqliteStorageModule`.
 */
@Module({
  providers: [
    { provide: AccountLeases, useClass: LocalAccountLeases },
    { provide: Clock, useClass: SystemClock },
    {
      provide: PairingSlots,
      inject: [MODULE_OPTIONS_TOKEN, Clock],
      useFactory: ({ maxPairingSessions = MAX_PAIRING_SESSIONS }: LocalOptions, clock: Clock) =>
        new MemoryPairingSlots(maxPairingSessions, clock),
    },
  ],
  exports: [AccountLeases, PairingSlots, Clock],
})
export class LocalModule extends ConfigurableModuleClass {
  static override forRoot(options: LocalOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
