import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import type { ConnectionEnd } from '../../../src/whatsapp/domain/session/connection-end.js';
import type { AttemptEvent } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { Program } from '../../support/processes/program.js';
import { scaleDurations } from '../../support/time/time-limit.js';
import type { Acceptance, Command, Message, StoredView } from './gateway.program.js';

const PROGRAM = 'dist/test/integration/baileys/gateway.program.js';

type EventOf<T extends AttemptEvent['type']> = Extract<AttemptEvent, { type: T }>;

/** `gateway.program` as Jest sees it. */
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

  /** @throws Error with what the gateway threw */
  do(command: Command): Promise<StoredView | undefined> {
    return this.ask(command);
  }

  events(attempt: number): AttemptEvent[] {
    return this.messages.flatMap((message) =>
      'event' in message && message.attempt === attempt ? [message.event] : [],
    );
  }

  /** The first event of this type, past or to come. */
  event<T extends AttemptEvent['type']>(attempt: number, type: T): Promise<EventOf<T>> {
    return this.first((message) =>
      'event' in message && message.attempt === attempt && message.event.type === type
        ? (message.event as EventOf<T>)
        : null,
    );
  }

  async code(attempt: number): Promise<string> {
    const [first] = (await this.event(attempt, 'codes')).values;
    if (first === undefined) throw new Error('WhatsApp gave no reference');
    return first;
  }

  /** What has been shown, once it is so many things. */
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

  /** What a host's listeners had seen of each socket when it was open. */
  async socketsSeen(count: number): Promise<(readonly string[])[]> {
    return this.first(() => {
      const seen = this.messages.flatMap((message) => ('socketOf' in message ? [message.updates] : []));
      return seen.length >= count ? seen : null;
    });
  }

  /** What became of a host's wait for an answer. */
  hung(): Promise<string> {
    return this.first((message) => ('hung' in message ? message.hung : null));
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
