import type { AccountStatus } from '../../../src/whatsapp/domain/account.js';
import type { Failure } from '../../../src/whatsapp/domain/failure.js';
import type { ServiceTimings } from '../../../src/app.module.js';
import type { AccountsResponse } from '../../../src/whatsapp/api/dto/accounts.responses.dto.js';
import type { StoreFaults } from '../store/breakable-store.js';
import { eventually } from '../eventually.js';
import { CODE_WAIT_MS, scaleDurations } from '../time/time-limit.js';
import type { Errand } from '../clients/messenger.js';
import { Program } from './program.js';
import type { PeaksView } from './resource-peaks.js';
import { SHORT_TIMINGS } from './service-timings.js';
import type { Question, Resources, Usage } from './service.program.js';

export interface ServiceOptions {
  readonly dataDir: string;
  /** The simulator to speak to. */
  readonly server: { readonly url: string; readonly rootKeyHex?: string };
  /** For an idle machine: they scale with all other durations (`timeLimit`). */
  readonly timings?: ServiceTimings;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** No file can grow beyond so many blocks (of 512 or 1,024 bytes, as the shell has it). */
  readonly fileLimitBlocks?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: never;
}

interface QrAnswer {
  readonly value: string;
  readonly sequence: number;
  readonly of: number;
  readonly expiresAt: string;
}

const PROGRAM = 'dist/service/service.program.js';

/** The service as a child process, from the build, driven over HTTP as its clients do. */
export class ServiceProcess extends Program {
  url = '';

  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    const { dataDir, server, timings = SHORT_TIMINGS, environment, nodeArgs = [], fileLimitBlocks } = options;
    const service = new ServiceProcess(PROGRAM, {
      nodeArgs,
      fileLimitBlocks,
      environment: {
        PORT: '0',
        LOG_LEVEL: 'debug',
        WHATSAPP_DATA_DIR: dataDir,
        WHATSAPP_SERVER_URL: server.url,
        ...(server.rootKeyHex === undefined ? {} : { WHATSAPP_SERVER_ROOT_KEY: server.rootKeyHex }),
        // A request for the version is one connection more, at a moment that no test chooses.
        WHATSAPP_VERSION_REFRESH: 'off',
        // No client calls as often as a test.
        WHATSAPP_REQUESTS_PER_MINUTE: '0',
        WHATSAPP_PAIRINGS_PER_MINUTE: '0',
        TEST_TIMINGS: JSON.stringify(scaleDurations(timings)),
        ...environment,
      },
    });
    service.url = (await service.ready<{ url: string }>()).url;
    return service;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as never,
    };
  }

  /** @param numbers `phoneNumber` or `expectedPhoneNumber`, as they are sent */
  pair(accountId?: string, numbers: object = {}): Promise<Answer> {
    return this.call(
      'POST',
      '/api/whatsapp/pair',
      accountId === undefined ? undefined : { accountId, ...numbers },
    );
  }

  /**
   * Starts pairings of all these accounts at once, past HTTP and all that is asked and written there.
   * @returns how each began: `pending`, or the code of the error
   */
  pairWithin(accountIds: readonly string[]): Promise<readonly string[]> {
    return this.question({ ask: 'pair', accountIds });
  }

  stopPairing(accountId: string): Promise<Answer> {
    return this.call('POST', '/api/whatsapp/pair/stop', { accountId });
  }

  disconnect(accountId: string): Promise<Answer> {
    return this.call('POST', '/api/whatsapp/disconnect', { accountId });
  }

  async status(accountId: string): Promise<AccountStatus> {
    return (await this.call('GET', `/api/whatsapp/status?accountId=${accountId}`)).body;
  }

  view(accountId: string): Promise<Answer> {
    return this.call('GET', `/api/whatsapp/pair?accountId=${accountId}`);
  }

  /** A page of the list of accounts. */
  async accounts(query = 'limit=200'): Promise<AccountsResponse> {
    return (await this.call('GET', `/api/whatsapp/accounts?${query}`)).body;
  }

  /** Why the account is in `error`, or what its owner should know. */
  async failure(accountId: string): Promise<Failure | null> {
    return ((await this.view(accountId)).body as { error: Failure | null }).error;
  }

  /** The code on the screen, as soon as there is one. */
  async qr(accountId: string): Promise<QrAnswer> {
    const answer = await this.call(
      'GET',
      `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`,
    );
    if (answer.status !== 200) throw new Error(`no code: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Waits until the account's status is the given one. */
  async reaches(
    accountId: string,
    status: AccountStatus['status'],
    withinMs = 10_000,
  ): Promise<AccountStatus> {
    let last: AccountStatus | undefined;
    await eventually(
      async () => (last = await this.status(accountId)).status === status,
      withinMs,
      () => `${accountId} is ${JSON.stringify(last)} and not ${status}`,
    );
    return last as AccountStatus;
  }

  /** Has the application around the service do something with the account's socket. @throws why it could not */
  async errand(errand: Errand): Promise<void> {
    const { status, body } = await this.call('POST', '/test/errand', errand);
    if (status !== 200) throw new Error((body as { error: string }).error);
  }

  /** The latest texts that the account has received, or sent on another device. */
  async texts(accountId: string): Promise<readonly string[]> {
    return (await this.call('GET', `/test/texts?accountId=${accountId}`)).body;
  }

  /** After the garbage has been collected, where it runs with `--expose-gc`. */
  usage(): Promise<Usage> {
    return this.question({ ask: 'usage' });
  }

  /** As in `usage`, at once. */
  resources(): Promise<Resources> {
    return this.question({ ask: 'resources' });
  }

  /** Waits until it has no more of any resource than then. Fewer is fine: a connection may have been open then. */
  async resourcesFallTo(most: Resources): Promise<void> {
    let now: Resources = {};
    await eventually(
      async () => {
        now = await this.resources();
        return Object.entries(now).every(([kind, count]) => count <= (most[kind] ?? 0));
      },
      10_000,
      () => `${JSON.stringify(now)} and no more than ${JSON.stringify(most)}`,
    );
  }

  /** Bytes of all that it still holds, but for what is compiled. Takes seconds. */
  reachableBytes(): Promise<number> {
    return this.question({ ask: 'reachable' });
  }

  async breakStore(faults: Partial<StoreFaults>): Promise<void> {
    await this.question({ ask: 'breakStore', faults: faults as StoreFaults });
  }

  /** Waits until connected accounts have nothing more to store: a store that fails now harms none of them by chance. */
  async settled(accountIds: readonly string[]): Promise<void> {
    let unsettled: readonly string[] = [];
    await eventually(
      async () =>
        (unsettled = await this.question<readonly string[]>({ ask: 'unsettled', accountIds })).length === 0,
      10_000,
      () => `${unsettled.join(', ')} have yet to store something`,
    );
  }

  /** The wall clock of the service jumps: it is so far from the true one from now on. */
  async shiftClock(byMs: number): Promise<void> {
    await this.question({ ask: 'shiftClock', byMs });
  }

  /** Every random number of the service is this one from now on; null: they are random again. */
  async fixRandom(value: number | null): Promise<void> {
    await this.question({ ask: 'fixRandom', value });
  }

  /** The most sockets and pairings there have been at one moment. */
  peaks(): Promise<PeaksView> {
    return this.question({ ask: 'peaks' });
  }

  /** Waits until so many accepted devices are stored and held (`StoreFaults.holdAccepted`). */
  async holdsAccepted(atLeast: number, withinMs = 10_000): Promise<void> {
    await eventually(
      async () => (await this.question<number>({ ask: 'heldAcceptances' })) >= atLeast,
      withinMs,
      () => 'no accepted device has been stored',
    );
  }

  private question<T>(question: Question): Promise<T> {
    return this.ask(question);
  }
}
