import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { WhatsappGateway } from '../whatsapp/ports/whatsapp.gateway.js';
import { BaileysGateway } from './baileys.gateway.js';
import type { BaileysOptions } from './baileys.options.js';
import { WhatsappSockets } from './whatsapp-sockets.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<BaileysOptions>({
  moduleName: 'Baileys',
})
  .setClassMethodName('forRoot')
  .build();

/** Nest module of the Baileys gateway. Provides and exports `WhatsappGateway` and `WhatsappSockets`. */
@Module({
  providers: [
    {
      provide: WhatsappGateway,
      useFactory: (options: BaileysOptions) => new BaileysGateway(options),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    {
      provide: WhatsappSockets,
      useFactory: (gateway: BaileysGateway) => new WhatsappSockets(gateway.liveSockets, gateway.histories),
      inject: [WhatsappGateway],
    },
  ],
  exports: [WhatsappGateway, WhatsappSockets],
})
export class BaileysModule extends ConfigurableModuleClass {
  static override forRoot(options: BaileysOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
