import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Module, type Abstract, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { LocalModule } from '../../../src/local/local.module.js';
import { SqliteStorageModule } from '../../../src/storage/sqlite/sqlite-storage.module.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { ConnectionEnd } from '../../../src/whatsapp/domain/session/connection-end.js';
import type { WebVersion } from '../../../src/whatsapp/domain/web-version.js';
import { PairingService } from '../../../src/whatsapp/pairing.service.js';
import { AccountRegistry } from '../../../src/whatsapp/accounts/account-registry.js';
import { AccountLeases } from '../../../src/whatsapp/ports/account-leases.js';
import { Clock } from '../../../src/whatsapp/ports/clock.js';
import {
  type Attempt,
  type AttemptRequest,
  WhatsappGateway,
} from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { SessionPool } from '../../../src/whatsapp/sessions/session-pool.js';
import { WhatsappAccounts } from '../../../src/whatsapp/whatsapp-accounts.js';
import { WhatsappModule } from '../../../src/whatsapp/whatsapp.module.js';
import { eventually } from '../../support/eventually.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

const SALES = 'sales' as AccountId;
const OUTDATED: ConnectionEnd = { kind: 'whatsapp', code: 405, detail: null };
const PHONE = '4915112345678';

/** Gateway whose sockets do what the test demands. */
class ObedientGateway extends WhatsappGateway {
  readonly pinnedWebVersion: WebVersion = [2, 3000, 1];
  served: WebVersion = this.pinnedWebVersion;
  readonly requests: AttemptRequest[] = [];

  fetchWebVersion(): Promise<WebVersion> {
    return Promise.resolve(this.served);
  }

  open(request: AttemptRequest): Promise<Attempt> {
    this.requests.push(request);
    const gone = Promise.resolve();
    return Promise.resolve({
      destroy: () => undefined,
      close: () => gone,
      logout: () => gone,
      closed: gone,
    });
  }

  inspect(): { readonly phone: string } {
    return { phone: PHONE };
  }

  /** Lets a pairing finish: the phone scans the code, and the login that follows opens. */
  async link(): Promise<void> {
    await this.accept();
    this.close({ kind: 'whatsapp', code: 515, detail: null });
    await eventually(
      () => this.requests.length === 2,
      5_000,
      () => 'no login followed',
    );
    this.latest().onEvent({ type: 'opened', phone: PHONE });
  }

  /** Lets the phone scan the code. */
  async accept(): Promise<void> {
    this.latest().onEvent({ type: 'codes', step: 'qr', values: ['2@ref'] });
    await this.latest().onAccepted({ phone: PHONE, credentials: Buffer.from('{}'), keys: [] });
  }

  close(end: ConnectionEnd): void {
    this.latest().onEvent({ type: 'closed', end });
  }

  latest(): AttemptRequest {
    const request = this.requests.at(-1);
    if (!request) throw new Error('no attempt was opened');
    return request;
  }
}

@Module({
  providers: [{ provide: WhatsappGateway, useClass: ObedientGateway }],
  exports: [WhatsappGateway],
})
class ObedientModule {}

describe('SessionPool', () => {
  let dataDirectory: string;
  let core: TestingModule;
  let gateway: ObedientGateway;
  let clock: StoppedClock;
  let errors: string[];

  beforeEach(async () => {
    errors = [];
    const silent = (): void => undefined;
    const logger: LoggerService = {
      log: silent,
      warn: silent,
      debug: silent,
      error: (line: unknown) => errors.push(String(line)),
    };
    dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-'));
    const adapters = [
      LocalModule.forRoot(),
      SqliteStorageModule.forRoot({ dataDirectory }),
      { module: ObedientModule },
    ];
    clock = new StoppedClock();
    core = await Test.createTestingModule({ imports: [WhatsappModule.forRoot({ adapters })] })
      .overrideProvider(Clock)
      .useValue(clock)
      .setLogger(logger)
      .compile();
    await core.init();
    gateway = core.get(WhatsappGateway, { strict: false });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await core.close();
    await rm(dataDirectory, { recursive: true });
  });

  const get = <T>(token: Abstract<T>): T => core.get(token, { strict: false });
  const until = (holds: () => boolean, otherwise: string) => eventually(holds, 5_000, () => otherwise);
  const status = () => get(WhatsappAccounts).status(SALES).status;

  async function link(): Promise<void> {
    await get(PairingService).pair(SALES);
    await gateway.link();
    await until(() => status() === 'connected', 'the account is not connected');
  }

  async function refuse(): Promise<void> {
    gateway.close(OUTDATED);
    await until(() => get(SessionPool).find(SALES) === undefined, 'the session has not ended');
  }

  /** Lets the periodic fetch find a newer version. */
  async function findNewerVersion(): Promise<void> {
    gateway.served = [2, 3000, 2];
    await clock.pass(6_000);
  }

  it('a session whose lease cannot be released ends, and its end is published', async () => {
    const types: string[] = [];
    get(WhatsappAccounts).events.subscribe(({ type }) => types.push(type));
    await get(PairingService).pair(SALES);
    jest.spyOn(get(AccountLeases), 'release').mockRejectedValueOnce(new Error('no answer'));
    await get(PairingService).stop(SALES);
    expect(types).toEqual(['pairing', 'stopped']);
    expect(get(SessionPool).find(SALES)).toBeUndefined();
    expect(errors).toEqual([expect.stringContaining('session effect "finish" failed')]);
  });

  it('a session whose failure cannot be recorded ends and releases its lease', async () => {
    await link();
    jest.spyOn(get(AccountRegistry), 'markFailed').mockRejectedValue(new Error('no memory'));
    await refuse();
    expect(get(AccountLeases).held(SALES)).toBeUndefined();
  });

  it('a link whose session is ending is restored after the lease of that session is released', async () => {
    await link();
    const leases = get(AccountLeases);
    const release = leases.release.bind(leases);
    let proceed: () => void = () => undefined;
    const releasing = new Promise<void>((called) => {
      jest.spyOn(leases, 'release').mockImplementationOnce(async (lease) => {
        called();
        await new Promise<void>((resolve) => (proceed = resolve));
        await release(lease);
      });
    });
    gateway.close(OUTDATED);
    await releasing;
    const restored = get(SessionPool).restore(SALES);
    proceed();
    await restored;
    expect(get(SessionPool).find(SALES)?.state.phase).toBe('down');
    expect(errors).toEqual([]);
  });

  it('a restore that does not get the lease is logged', async () => {
    await link();
    await refuse();
    jest.spyOn(get(AccountLeases), 'acquire').mockRejectedValueOnce(new Error('no answer'));
    await get(SessionPool).restore(SALES);
    expect(errors).toEqual([expect.stringContaining('reconnect could not start')]);
  });

  it('a session whose lease was lost before it started ends without a failure', async () => {
    const leases = get(AccountLeases);
    const acquire = leases.acquire.bind(leases);
    jest.spyOn(leases, 'acquire').mockImplementationOnce(async (accountId) => {
      // The same object, so that it can be released.
      return Object.assign(await acquire(accountId), { lost: AbortSignal.abort() });
    });
    await get(PairingService).pair(SALES);
    await until(() => get(SessionPool).find(SALES) === undefined, 'the session has not ended');
    expect(status()).toBe('idle');
    expect(errors).toEqual([]);
  });

  it('a link that WhatsApp refused as outdated reconnects with a newer version, also when its error was dismissed', async () => {
    await link();
    await refuse();
    expect(status()).toBe('error');
    await get(PairingService).stop(SALES);
    expect(status()).toBe('idle');
    await findNewerVersion();
    await until(() => get(SessionPool).find(SALES) !== undefined, 'the link is not restored');
  });

  it('a link that was stopped before it opened stays down when a newer version is found', async () => {
    await get(PairingService).pair(SALES);
    await gateway.accept();
    await get(PairingService).stop(SALES);
    expect(get(WhatsappAccounts).status(SALES)).toMatchObject({ status: 'idle', authExists: true });
    await findNewerVersion();
    expect(get(SessionPool).find(SALES)).toBeUndefined();
  });
});
