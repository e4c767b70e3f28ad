import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

/** Account ids in the order of their code units: digits, `A`, `_`, `a`. */
const LINKED = ['0-first', 'Acme', '_', 'acme'];
const FAILED = 'failed';
const PAIRING = 'pairing';

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT } });
  phones = await setup.linkAll(LINKED);
}, 60_000);
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

const idsOf = async (query: string): Promise<[string[], string | null]> => {
  const { accounts, next } = await setup.service.accounts(query);
  return [accounts.map(({ accountId }) => accountId), next];
};

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

const READS = { unreadableMessages: 0, cannotReadMessages: false };

describe('GET /accounts', () => {
  it('the list has every linked, pairing or failed account, ordered by id, with exactly the documented fields', async () => {
    const fault = { stage: 'client_finish', when: 'after', action: { type: 'fail', code: 406 } } as const;
    await setup.simulator.control.addFault(fault);
    await setup.service.pair(FAILED);
    await setup.service.reaches(FAILED, 'error');
    await setup.service.pair(PAIRING);
    await setup.service.qr(PAIRING);

    const { status, headers, body } = await setup.service.call('GET', '/api/whatsapp/accounts');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const linked = LINKED.map((accountId) => ({
      accountId,
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: phones[accountId],
      linkedAt: TIME,
      lastConnectedAt: TIME,
      lastError: null,
      ...READS,
    }));
    const other = {
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
      linkedAt: null,
      lastConnectedAt: null,
      ...READS,
    };
    const lastError = {
      code: 'account_banned',
      message: expect.any(String) as unknown,
      userAction: 'contact_operator',
    };
    expect(body).toEqual({
      accounts: [
        ...linked,
        { accountId: FAILED, status: 'error', ...other, lastError },
        { accountId: PAIRING, status: 'pending', ...other, lastError: null },
      ],
      next: null,
    });
  });

  it('the pages of the list have each account exactly once', async () => {
    expect(await idsOf('limit=2')).toEqual([['0-first', 'Acme'], 'Acme']);
    expect(await idsOf('limit=2&after=Acme')).toEqual([['_', 'acme'], 'acme']);
    expect(await idsOf('limit=2&after=acme')).toEqual([[FAILED, PAIRING], null]);
    expect(await idsOf('after=pairing')).toEqual([[], null]);
    // The account in `after` need not exist: it may have been removed since the previous page.
    expect(await idsOf('limit=1&after=B')).toEqual([['_'], '_']);
    expect(await idsOf('limit=6')).toEqual([[...LINKED, FAILED, PAIRING], null]);
  });

  it('the list gives the reason of a lost connection, and leaves out accounts that were disconnected or stopped', async () => {
    const { control } = setup.simulator;
    const phone = phones['_'] as string;
    await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where: { phone } });
    const before = await setup.service.accounts('after=Acme&limit=1');
    await control.act({ type: 'cut' }, { phone });
    expect(await control.holds({ stage: 'login_success' }, 5_000)).toHaveLength(1);
    const down = await setup.service.accounts('after=Acme&limit=1');
    expect(down.accounts).toEqual([
      Object.assign({}, before.accounts[0], {
        status: 'idle',
        serviceConnected: false,
        servicePhone: null,
        lastError: expect.objectContaining({ code: 'connection_lost', userAction: 'retry_later' }),
      }),
    ]);
    await control.release();
    await setup.service.reaches('_', 'connected');
    const back = await setup.service.accounts('after=Acme&limit=1');
    const [now, then] = [back, before].map(({ accounts }) =>
      Date.parse(String(accounts[0]?.lastConnectedAt)),
    );
    expect(now).toBeGreaterThan(then as number);
    expect(back.accounts).toEqual([Object.assign({}, before.accounts[0], { lastConnectedAt: TIME })]);

    await setup.service.disconnect('_');
    for (const accountId of [FAILED, PAIRING]) await setup.service.stopPairing(accountId);
    expect(await idsOf('')).toEqual([['0-first', 'Acme', 'acme'], null]);
  });

  it('the list is the same after a restart and has no secrets', async () => {
    const before = await setup.service.accounts();
    await setup.restart();
    for (const { accountId } of before.accounts) await setup.service.reaches(accountId, 'connected');
    const { accounts } = await setup.service.accounts();
    expect(accounts).toEqual(
      before.accounts.map((account) => Object.assign({}, account, { lastConnectedAt: TIME })),
    );
    for (const account of accounts) {
      const { accountId, servicePhone, linkedAt, lastConnectedAt, ...rest } = account;
      expect(phones[accountId]).toBe(servicePhone);
      expect(
        [linkedAt, lastConnectedAt].map((time) => Date.now() - Date.parse(String(time)) < 600_000),
      ).toEqual([true, true]);
      expect(rest).toEqual({
        status: 'connected',
        authExists: true,
        serviceConnected: true,
        lastError: null,
        ...READS,
      });
    }
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'limit=',
    'limit=1&limit=2',
    'limit[]=1',
    'after=',
    'after=no%20id',
    `after=${'x'.repeat(65)}`,
    'after=a&after=b',
    'after[x]=a',
    'from=a',
    '__proto__=1',
  ])('the list refuses the query %s', async (query) => {
    const { status, body } = await setup.service.call('GET', `/api/whatsapp/accounts?${query}`);
    expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_request']);
  });
});
