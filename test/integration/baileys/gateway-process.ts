import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import type { ConnectionEnd } from '../../../src/whatsapp/domain/session/connection-end.js';
import type { AttemptEvent } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { scaleDurations } from '../../support/time/time-limit.js';
import type { Acceptance, Command, Message, StoredView } from './gateway.program.js';

const PROGRAM = fileURLToPath(
  new URL('../../../dist/test/integration/baileys/gateway.program.js', import.meta.url),
);

type EventOf<T extends AttemptEvent['type']> = Extract<AttemptEvent, { type: T }>;

/** `gateway.program` as Jest sees it. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #commands = 0;

  /** @param environment variables of the process beside ours */
  constructor(options: BaileysOptions, environment: Readonly<Record<string, string>> = {}) {
    this.#child = fork(PROGRAM, [JSON.stringify(scaleDurations(options))], {
      serialization: 'advanced',
      env: { ...process.env, ...environment },
    });
    this.#child.on('message', (message: Message) => {
      this.#messages.push(message);
      this.#wake();
    });
    this.#child.on('exit', () => {
      this.#wake();
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
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
  async do(command: Command): Promise<StoredView | undefined> {
    const id = ++this.#commands;
    this.#child.send({ id, command });
    const answer = await this.#first((message) =>
      'reply' in message && message.reply === id ? message : null,
    );
    if (answer.error) throw new Error(answer.error);
    return answer.value;
  }

  events(attempt: number): AttemptEvent[] {
    return this.#messages.flatMap((message) =>
      'event' in message && message.attempt === attempt ? [message.event] : [],
    );
  }

  /** The first event of this type, past or to come. */
  event<T extends AttemptEvent['type']>(attempt: number, type: T): Promise<EventOf<T>> {
    return this.#first((message) =>
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
    return this.#first(() => {
      const shown = this.events(attempt).filter((event) => event.type === 'codes');
      return shown.length >= count ? shown : null;
    });
  }

  async closed(attempt: number): Promise<ConnectionEnd> {
    return (await this.event(attempt, 'closed')).end;
  }

  accepted(attempt: number): Promise<{ accepted: string; keys: number }> {
    return this.#first((message) => ('accepted' in message && message.attempt === attempt ? message : null));
  }

  /** What a host's listeners had seen of each socket when it was open. */
  async socketsSeen(count: number): Promise<(readonly string[])[]> {
    return this.#first(() => {
      const seen = this.#messages.flatMap((message) => ('socketOf' in message ? [message.updates] : []));
      return seen.length >= count ? seen : null;
    });
  }

  /** What became of a host's wait for an answer. */
  hung(): Promise<string> {
    return this.#first((message) => ('hung' in message ? message.hung : null));
  }

  /** Stops the process where it stands (SIGSTOP), or lets it go on. */
  standStill(still: boolean): void {
    this.#child.kill(still ? 'SIGSTOP' : 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #first<T>(pick: (message: Message) => T | null): Promise<T> {
    for (let next = 0; ;) {
      const message = this.#messages[next];
      if (message) {
        const picked = pick(message);
        if (picked !== null) return picked;
        next += 1;
        continue;
      }
      if (!this.isAlive) throw new Error('the gateway process ended');
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}
