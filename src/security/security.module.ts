import { DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../whatsapp/ports/clock.js';
import { ApiGuard } from './api.guard.js';
import { ApiKeys } from './api-keys.js';
import { ApiKeyStore } from './ports/api-key.store.js';

/** Who may call the standalone service, and what they may do. */
@Module({})
export class SecurityModule {
  /** @param whatsapp the WhatsappModule that is guarded, with its adapters */
  static over(whatsapp: DynamicModule): DynamicModule {
    return {
      module: SecurityModule,
      imports: [whatsapp],
      providers: [
        {
          provide: ApiKeys,
          inject: [ApiKeyStore, Clock],
          useFactory: (store: ApiKeyStore, clock: Clock) => ApiKeys.open(store, clock),
        },
        ApiGuard,
      ],
      exports: [ApiKeys, ApiGuard],
    };
  }
}
