import { Module } from '@nestjs/common';
import type { DynamicModule, FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { WhatsappGateway } from '../whatsapp/ports/whatsapp.gateway.js';
import { BaileysGateway } from './baileys.gateway.js';
import type { BaileysOptions } from './baileys.options.js';
import { WhatsappSockets } from './whatsapp-sockets.js';

const BAILEYS_OPTIONS = Symbol('BAILEYS_OPTIONS');

export interface BaileysAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => BaileysOptions | Promise<BaileysOptions>;
}

/** Provides and exports `WhatsappGateway` and `WhatsappSockets`. */
@Module({})
export class BaileysModule {
  static forRoot(options: BaileysOptions = {}): DynamicModule {
    return BaileysModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: BaileysAsyncOptions): DynamicModule {
    return {
      module: BaileysModule,
      ...(imports && { imports }),
      providers: [
        { provide: BAILEYS_OPTIONS, useFactory, ...(inject && { inject }) },
        {
          provide: WhatsappGateway,
          useFactory: (options: BaileysOptions) => new BaileysGateway(options),
          inject: [BAILEYS_OPTIONS],
        },
        {
          provide: WhatsappSockets,
          useFactory: (gateway: BaileysGateway) => new WhatsappSockets(gateway.liveSockets),
          inject: [WhatsappGateway],
        },
      ],
      exports: [WhatsappGateway, WhatsappSockets],
    };
  }
}
