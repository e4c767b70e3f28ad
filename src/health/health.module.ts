import { DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ConnectionTracker } from '../server/connection-tracker.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { Shutdown } from '../server/shutdown.js';
import { StoreProbe } from './store-probe.js';

/** Health routes and shutdown of the standalone service. */
@Module({})
export class HealthModule {
  /** @param whatsapp the WhatsappModule of this service, with its adapters */
  static over(whatsapp: DynamicModule): DynamicModule {
    return {
      module: HealthModule,
      // Terminus would log a failure with every call. The probe logs it once.
      imports: [whatsapp, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [ConnectionTracker, Shutdown, StoreProbe, HealthService],
    };
  }
}
