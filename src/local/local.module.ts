import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
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

export interface LocalAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => LocalOptions | Promise<LocalOptions>;
}

const OPTIONS = Symbol('LocalOptions');
const MAX_PAIRING_SESSIONS = 10;

/**
 * `AccountLeases`, `PairingSlots` and `Clock` for a service of one process. Needs a store that excludes a second
 * process, such as `SqliteStorageModule`.
 */
@Module({})
export class LocalModule {
  static forRoot(options: LocalOptions = {}): DynamicModule {
    return LocalModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: LocalAsyncOptions): DynamicModule {
    return {
      module: LocalModule,
      ...(imports && { imports }),
      providers: [
        { provide: OPTIONS, ...(inject && { inject }), useFactory },
        { provide: AccountLeases, useClass: LocalAccountLeases },
        { provide: Clock, useClass: SystemClock },
        {
          provide: PairingSlots,
          inject: [OPTIONS, Clock],
          useFactory: (options: LocalOptions, clock: Clock) =>
            new MemoryPairingSlots(options.maxPairingSessions ?? MAX_PAIRING_SESSIONS, clock),
        },
      ],
      exports: [AccountLeases, PairingSlots, Clock],
    };
  }
}
