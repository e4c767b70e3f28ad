import type { AccountStatus } from '../../../src/whatsapp/domain/account.js';
import type { Failure } from '../../../src/whatsapp/domain/failure.js';
import type { ServiceTimings } from '../../../src/app.module.js';
import type {
  AccountResponse,
  AccountsResponse,
} from '../../../src/whatsapp/api/dto/accounts.responses.dto.js';
import type { StoreFaults } from '../store/breakable-store.js';
import { eventually } from '../eventually.js';
import { CODE_WAIT_MS, scaleDurations } from '../time/time-limit.js';
import type { Errand } from '../clients/messenger.js';
import { Program } from './program.js';
import type { PeaksView } from '../resources/resource-peaks.js';
import { SHORT_TIMINGS } from './service-timings.js';
import type { Question, Resources, Usage } from './service.program.js';

export interface ServiceOptions {
  readonly dataDir: string;
  /** The simulator to connect to. */
  readonly server: { readonly url: string; readonly rootKeyHex?: string };
  /** Durations for an idle machine. They scale with the slowness of the machine (`timeLimit`). */
  readonly timings?: ServiceTimings;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** The largest file that the service can write, in blocks of 512 or 1,024 bytes (`ulimit -f`). */
  readonly fileLimitBlocks?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: never;
}

const codeIn = ({ body }: Answer): string | undefined => (body as { code?: string } | undefined)?.code;

/** Returns the status of an answer, and the code of its error. */
export const outcomeOf = (answer: Answer): [number, string | undefined] => [answer.status, codeIn(answer)];

/** As `outcomeOf`, as a text; `200` for a success. */
export const codeOf = (answer: Answer): string =>
  answer.status === 200 ? '200' : `${answer.status} ${String(codeIn(answer))}`;

interface QrAnswer {
  readonly value: string;
  readonly sequence: number;
  readonly of: number;
  readonly expiresAt: string;
}

/** A server address where no server listens. */
export const NO_SERVER = { url: 'ws://127.0.0.1:9/ws/chat' };

const PROGRAM = 'dist/service/service.program.js';

/** The service as a child process, from the build. Tests call it over HTTP as clients do. */
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
        // A request for the version would be one more connection, at a time that no test controls.
        WHATSAPP_VERSION_REFRESH: 'off',
        // Tests call more often than these limits permit.
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
   * Starts pairings of all these accounts at once by a direct call, without HTTP, guards and audit trail.
   * @returns the result of each call: `pending`, or the code of the error
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

  /** Returns the account as the list shows it. */
  async listed(accountId: string): Promise<AccountResponse | undefined> {
    return (await this.accounts()).accounts.find((account) => account.accountId === accountId);
  }

  /** Returns the failure of the account; null when there is none. */
  async failure(accountId: string): Promise<Failure | null> {
    return ((await this.view(accountId)).body as { error: Failure | null }).error;
  }

  /** Waits until the account's status is `error`. @returns its failure */
  async fails(accountId: string): Promise<Failure | null> {
    await this.reaches(accountId, 'error');
    return this.failure(accountId);
  }

  /** Waits for the current QR code of the account, and returns it. */
  async qr(accountId: string): Promise<QrAnswer> {
    const answer = await this.call(
      'GET',
      `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`,
    );
    if (answer.status !== 200)
      throw new Error(`the service returned no QR code: ${JSON.stringify(answer.body)}`);
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

  /**
   * Makes the host application execute a command with the account's socket.
   * @throws Error with the reason when it fails
   */
  async errand(errand: Errand): Promise<void> {
    const { status, body } = await this.call('POST', '/test/errand', errand);
    if (status !== 200) throw new Error((body as { error: string }).error);
  }

  /** Returns the latest texts that the account has received, or that the user sent on another device. */
  async texts(accountId: string): Promise<readonly string[]> {
    return (await this.call('GET', `/test/texts?accountId=${accountId}`)).body;
  }

  /** Waits until the account has received the text. */
  async receives(accountId: string, text: string): Promise<void> {
    await eventually(
      async () => (await this.texts(accountId)).includes(text),
      10_000,
      () => `the message "${text}" has not arrived at ${accountId}`,
    );
  }

  /** Returns the use of resources. With `--expose-gc`, the service collects garbage first. */
  usage(): Promise<Usage> {
    return this.question({ ask: 'usage' });
  }

  /** Returns the active resources at once, without a garbage collection. */
  resources(): Promise<Resources> {
    return this.question({ ask: 'resources' });
  }

  /** Waits until the service has at most this number of each resource. A lower number is correct. */
  async resourcesFallTo(most: Resources): Promise<void> {
    let now: Resources = {};
    await eventually(
      async () => {
        now = await this.resources();
        return Object.entries(now).every(([kind, count]) => count <= (most[kind] ?? 0));
      },
      10_000,
      () => `the resources are ${JSON.stringify(now)}, which exceeds ${JSON.stringify(most)}`,
    );
  }

  /** Returns the bytes of all reachable objects, without compiled code. The call needs seconds. */
  reachableBytes(): Promise<number> {
    return this.question({ ask: 'reachable' });
  }

  async breakStore(faults: Partial<StoreFaults>): Promise<void> {
    await this.question({ ask: 'breakStore', faults: faults as StoreFaults });
  }

  /** Waits until connected accounts have finished their writes, so that a store that fails now does not affect them. */
  async settled(accountIds: readonly string[]): Promise<void> {
    let unsettled: readonly string[] = [];
    await eventually(
      async () =>
        (unsettled = await this.question<readonly string[]>({ ask: 'unsettled', accountIds })).length === 0,
      10_000,
      () => `these accounts have not finished their writes: ${unsettled.join(', ')}`,
    );
  }

  /** Sets the wall clock of the service to the true time plus `byMs`. */
  async shiftClock(byMs: number): Promise<void> {
    await this.question({ ask: 'shiftClock', byMs });
  }

  /** Replaces every random number of the service with this value; null: they are random again. */
  async fixRandom(value: number | null): Promise<void> {
    await this.question({ ask: 'fixRandom', value });
  }

  /** Returns the longest pause of the event loop since the last call. The first call starts the meter. */
  longestPause(): Promise<number> {
    return this.question({ ask: 'longestPause' });
  }

  /** Returns the largest numbers of sockets and pairings at one moment. */
  peaks(): Promise<PeaksView> {
    return this.question({ ask: 'peaks' });
  }

  /** Waits until at least this number of accepted devices is stored and held (`StoreFaults.holdAccepted`). */
  async waitForHeldAcceptances(atLeast: number, withinMs = 10_000): Promise<void> {
    await eventually(
      async () => (await this.question<number>({ ask: 'heldAcceptances' })) >= atLeast,
      withinMs,
      () => 'the service has not stored enough accepted devices',
    );
  }

  private question<T>(question: Question): Promise<T> {
    return this.ask(question);
  }
}
