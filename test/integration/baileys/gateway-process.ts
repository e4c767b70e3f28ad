import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import type { ConnectionEnd } from '../../../src/whatsapp/domain/session/connection-end.js';
import type { AttemptEvent } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { Program } from '../../support/processes/program.js';
import { scaleDurations } from '../../support/time/time-limit.js';
import type { Acceptance, Command, HistoryView, Message, StoredView } from './gateway.program.js';

const PROGRAM = 'dist/test/integration/baileys/gateway.program.js';

type EventOf<T extends AttemptEvent['type']> = Extract<AttemptEvent, { type: T }>;

/** The child process of `gateway.program.ts`, for the tests. */
export class GatewayProcess extends Program<Message> {
  /** @param environment variables of the process */
  constructor(options: BaileysOptions, environment: Readonly<Record<string, string>> = {}) {
    super(PROGRAM, { args: [JSON.stringify(scaleDurations(options))], environment });
  }

  open(
    attempt: number,
    how: { stored?: boolean; acceptance?: Acceptance; phoneNumber?: string } = {},
  ): Promise<unknown> {
    return this.do({
      name: 'open',
      attempt,
      stored: how.stored ?? false,
      acceptance: how.acceptance ?? 'store',
      phoneNumber: how.phoneNumber ?? null,
    });
  }

  /** Executes a command. @throws Error with the text of the gateway's error */
  do(command: Command): Promise<StoredView | undefined> {
    return this.ask(command);
  }

  /** Returns the longest pause of the event loop since the last call. The first call starts the meter. */
  longestPause(): Promise<number> {
    return this.ask({ name: 'longestPause' });
  }

  history(): Promise<HistoryView> {
    return this.ask({ name: 'history' });
  }

  events(attempt: number): AttemptEvent[] {
    return this.messages.flatMap((message) =>
      'event' in message && message.attempt === attempt ? [message.event] : [],
    );
  }

  /** Waits for the first event of this type. It may have been emitted already. */
  event<T extends AttemptEvent['type']>(attempt: number, type: T): Promise<EventOf<T>> {
    return this.first((message) =>
      'event' in message && message.attempt === attempt && message.event.type === type
        ? (message.event as EventOf<T>)
        : null,
    );
  }

  async code(attempt: number): Promise<string> {
    const [first] = (await this.event(attempt, 'codes')).values;
    if (first === undefined) throw new Error('WhatsApp sent no reference for a QR code');
    return first;
  }

  /** Waits for this number of `codes` events, and returns all of them. */
  shown(attempt: number, count: number): Promise<EventOf<'codes'>[]> {
    return this.first(() => {
      const shown = this.events(attempt).filter((event) => event.type === 'codes');
      return shown.length >= count ? shown : null;
    });
  }

  async closed(attempt: number): Promise<ConnectionEnd> {
    return (await this.event(attempt, 'closed')).end;
  }

  accepted(attempt: number): Promise<{ accepted: string; keys: number }> {
    return this.first((message) => ('accepted' in message && message.attempt === attempt ? message : null));
  }

  /** Waits for this number of open sockets. @returns the updates of each that a host's listener received */
  async socketsSeen(count: number): Promise<(readonly string[])[]> {
    return this.first(() => {
      const seen = this.messages.flatMap((message) => ('socketOf' in message ? [message.updates] : []));
      return seen.length >= count ? seen : null;
    });
  }

  /** Waits until a host's wait for an answer has ended. @returns how it ended */
  waitEnded(): Promise<string> {
    return this.first((message) => ('waitEnded' in message ? message.waitEnded : null));
  }

  private first<T>(pick: (message: Message) => T | null): Promise<T> {
    return this.until(() => {
      for (const message of this.messages) {
        const picked = pick(message);
        if (picked !== null) return picked;
      }
      return null;
    });
  }
}
