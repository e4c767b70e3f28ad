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
  /** Whether the application answers requests for sent messages, and knows the members of groups. Default false. */
  readonly keepsMessages?: boolean;
}

/** Every sent message of this application, as it knows it. */
const fromHost = (accountId: string, id: string) => ({ conversation: `from the host: ${accountId} ${id}` });

/** The options of an application that keeps its messages and groups itself. */
const KEEPS_MESSAGES: NonNullable<Parameters<typeof BaileysModule.forRoot>[0]> = {
  getMessage: (accountId, { id }) => Promise.resolve(fromHost(accountId, id ?? '')),
  cachedGroupMetadata: (accountId, jid) =>
    Promise.resolve({ id: jid, owner: undefined, subject: accountId, participants: [] }),
};

/** An application that sends and receives through linked accounts. */
@Module({ controllers: [MessagesController], providers: [EchoService] })
export class ConsumerModule {
  static with({
    dataDirectory,
    serverUrl,
    serverRootKey,
    keepsMessages = false,
  }: ConsumerSettings): DynamicModule {
    return {
      module: ConsumerModule,
      imports: [
        WhatsappModule.forRoot({
          adapters: [
            SqliteStorageModule.forRoot({ dataDirectory }),
            BaileysModule.forRoot({
              deviceName: 'Echo Ltd',
              serverUrl,
              serverRootKey,
              ...(keepsMessages && KEEPS_MESSAGES),
            }),
            LocalModule.forRoot(),
          ],
        }),
      ],
    };
  }
}
