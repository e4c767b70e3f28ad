import { DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ConnectionTracker } from '../server/connection-tracker.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { Shutdown } from '../server/shutdown.js';
import { StoreProbe } from './store-probe.js';

/** What those need who run the standalone service: health, and an orderly end. */
@Module({})
export class HealthModule {
  /** @param whatsapp the WhatsappModule that this service consists of, with its adapters */
  static over(whatsapp: DynamicModule): DynamicModule {
    return {
      module: HealthModule,
      // What is wrong is told once by the probe and not with every call.
      imports: [whatsapp, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [ConnectionTracker, Shutdown, StoreProbe, HealthService],
    };
  }
}
