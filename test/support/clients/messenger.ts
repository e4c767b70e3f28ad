import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import type { WhatsappSockets } from '../../../src/baileys/whatsapp-sockets.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';

/** The number of texts that are kept for each account; later texts replace earlier ones. */
const MOST_REMEMBERED = 50;

/** A command for the live socket of an account. */
export type Errand =
  | { readonly accountId: string; readonly send: string; readonly toPhone: string }
  /** Posts a status update that these phones can read. */
  | { readonly accountId: string; readonly status: string; readonly toPhones: readonly string[] }
  | { readonly accountId: string; readonly rotateSignedPreKey: true }
  | { readonly accountId: string; readonly presence: 'available' | 'unavailable' };

/** Sends and receives over the accounts of the service, as a host application does. Tests control it over HTTP. */
export class Messenger {
  private readonly texts = new Map<string, string[]>();

  constructor(private readonly sockets: WhatsappSockets) {
    sockets.onSocket((account, socket) => {
      socket.ev.on('messages.upsert', ({ messages }) => {
        for (const { message } of messages) {
          const text = message?.conversation ?? message?.extendedTextMessage?.text;
          if (text) this.remember(account, text);
        }
      });
    });
  }

  /** Must be called before the application listens: the routes of the application answer every other path. */
  serve(app: NestExpressApplication): void {
    app.use('/test/errand', (request: Request, response: Response) => {
      this.run(request.body as Errand).then(
        () => response.json({}),
        (error: unknown) => response.status(409).json({ error: String(error) }),
      );
    });
    app.use('/test/texts', (request: Request, response: Response) => {
      response.json(this.texts.get(request.query['accountId'] as string) ?? []);
    });
  }

  private async run(errand: Errand): Promise<void> {
    const socket = this.sockets.get(accountId(errand.accountId));
    if ('send' in errand) {
      await socket.sendMessage(`${errand.toPhone}@s.whatsapp.net`, { text: errand.send });
    } else if ('status' in errand) {
      const statusJidList = errand.toPhones.map((phone) => `${phone}@s.whatsapp.net`);
      await socket.sendMessage('status@broadcast', { text: errand.status }, { statusJidList });
    } else if ('presence' in errand) await socket.sendPresenceUpdate(errand.presence);
    else await socket.rotateSignedPreKey();
  }

  private remember(account: string, text: string): void {
    const texts = this.texts.get(account) ?? [];
    texts.push(text);
    if (texts.length > MOST_REMEMBERED) texts.shift();
    this.texts.set(account, texts);
  }
}
