import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BaileysModule, LocalModule, SqliteStorageModule, WhatsappModule } from '../../../src/index.js';
import { EchoService } from './echo.service.js';
import { MessagesController } from './messages.controller.js';

export interface ConsumerSettings {
  readonly dataDirectory: string;
  /** The address of a simulator. Without both server settings the application connects to WhatsApp. */
  readonly serverUrl: string;
  readonly serverRootKey: string;
}

/** An application that sends and receives through linked accounts. */
@Module({ controllers: [MessagesController], providers: [EchoService] })
export class ConsumerModule {
  static with({ dataDirectory, serverUrl, serverRootKey }: ConsumerSettings): DynamicModule {
    return {
      module: ConsumerModule,
      imports: [
        WhatsappModule.forRoot({
          adapters: [
            SqliteStorageModule.forRoot({ dataDirectory }),
            BaileysModule.forRoot({ deviceName: 'Echo Ltd', serverUrl, serverRootKey }),
            LocalModule.forRoot(),
          ],
        }),
      ],
    };
  }
}
