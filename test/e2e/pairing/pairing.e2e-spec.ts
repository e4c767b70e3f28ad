import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create();
});
afterEach(async () => {
  await setup.simulator.control.removeFault();
});
afterAll(() => setup.close());

const scan = (qr: string, phone = setup.newPhone()) => setup.simulator.control.scan({ phone, qr });

describe('POST /pair', () => {
  it('a pairing answers pending at once, shows a code, and is connected after the scan', async () => {
    const answer = await setup.service.pair('sales');
    expect([answer.status, answer.body]).toEqual([200, { ok: true, accountId: 'sales', status: 'pending' }]);
    expect(await setup.service.status('sales')).toEqual({
      accountId: 'sales',
      status: 'pending',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    });
    const { value, sequence, of } = await setup.service.qr('sales');
    expect([sequence, of]).toEqual([1, 6]);
    const phone = setup.newPhone();
    expect(await scan(value, phone)).toMatchObject({ paired: true });
    expect(await setup.service.reaches('sales', 'connected')).toEqual({
      accountId: 'sales',
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: phone,
    });
  });

  it('a call without an account id pairs the account default', async () => {
    const { body } = await setup.service.pair();
    expect(body).toEqual({ ok: true, accountId: 'default', status: 'pending' });
    await setup.service.stopPairing('default');
  });

  it('the first login uploads the pre-keys that were stored with the credentials, each of them once', async () => {
    const phone = await setup.link('pre-keys');
    const state = await setup.simulator.control.state();
    expect(state.devices.find((device) => device.phone === phone)).toMatchObject({ preKeys: 812 });
    expect(state.counters.preKeysReused).toBe(0);
  });

  it('a pairing call does not affect a connected account', async () => {
    await setup.link('untouched');
    const before = await setup.simulator.control.state();
    const { body } = await setup.service.pair('untouched');
    expect(body).toEqual({ ok: true, accountId: 'untouched', status: 'connected' });
    const after = await setup.simulator.control.state();
    expect(after.counters.connections).toBe(before.counters.connections);
    expect((await setup.service.status('untouched')).status).toBe('connected');
  });

  it('the account ids Acme and acme are different, and __proto__ and CON are ordinary ids', async () => {
    for (const accountId of ['Acme', '__proto__', 'CON', '-', 'toString']) {
      expect((await setup.service.pair(accountId)).body).toMatchObject({ accountId, status: 'pending' });
    }
    expect(await setup.service.status('acme')).toMatchObject({ accountId: 'acme', status: 'idle' });
    for (const accountId of ['Acme', '__proto__', 'CON', '-', 'toString']) {
      expect(await setup.service.status(accountId)).toMatchObject({ accountId, status: 'pending' });
      await setup.service.stopPairing(accountId);
    }
  });
});

describe('a second call while pairing', () => {
  it('a second call closes the old socket and shows a new code, and the old code links nothing', async () => {
    await setup.service.pair('again');
    const old = await setup.service.qr('again');
    expect((await setup.service.pair('again')).body).toMatchObject({ status: 'pending' });
    const fresh = await setup.service.qr('again');
    expect(fresh.value).not.toBe(old.value);
    expect(fresh.sequence).toBe(1);
    expect(await scan(old.value)).toEqual({ paired: false, reason: expect.any(String) as unknown });
    expect(await scan(fresh.value)).toMatchObject({ paired: true });
    await setup.service.reaches('again', 'connected');
  });

  it('a second call is never refused for the session limit, which ten accounts reach and an eleventh exceeds', async () => {
    const accounts = Array.from({ length: 11 }, (_, index) => `limit-${index}`);
    const answers = await Promise.all(accounts.map((accountId) => setup.service.pair(accountId)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(refused.map(({ body }) => body)).toEqual([
      expect.objectContaining({ ok: false, statusCode: 429, code: 'too_many_sessions' }),
    ]);
    const retryAfter = Number(refused[0]?.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(timeLimit(20));
    const pending = accounts.filter((_, index) => answers[index]?.status === 200);
    const replaced = await Promise.all(pending.map((accountId) => setup.service.pair(accountId)));
    expect(replaced.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await setup.service.pair('limit-more')).status).toBe(429);
    await setup.service.stopPairing(pending[0] ?? '');
    expect((await setup.service.pair('limit-more')).status).toBe(200);
    await Promise.all([...pending, 'limit-more'].map((accountId) => setup.service.stopPairing(accountId)));
  });

  it('a session that connected frees its place in the session limit', async () => {
    await Promise.all(Array.from({ length: 9 }, (_, index) => setup.service.pair(`place-${index}`)));
    await setup.link('place-linked');
    expect((await setup.service.pair('place-after')).status).toBe(200);
    await Promise.all(
      [...Array.from({ length: 9 }, (_, index) => `place-${index}`), 'place-after'].map((accountId) =>
        setup.service.stopPairing(accountId),
      ),
    );
  });
});

describe('stopping a pairing', () => {
  it('stopping answers idle when there is nothing to stop', async () => {
    const { status, body } = await setup.service.stopPairing('never-paired');
    expect([status, body]).toEqual([200, { ok: true, accountId: 'never-paired', status: 'idle' }]);
  });

  it('stopping leaves no socket and no credentials, and the code links nothing', async () => {
    const before = (await setup.simulator.control.state()).openSockets;
    await setup.service.pair('stopped');
    const { value } = await setup.service.qr('stopped');
    await setup.service.stopPairing('stopped');
    expect(await setup.service.status('stopped')).toMatchObject({ status: 'idle', authExists: false });
    await setup.simulator.control.waitFor({ kind: 'sockets', open: before }, 5_000);
    expect(await scan(value)).toMatchObject({ paired: false });
  });

  it('stopping does not affect a live connection', async () => {
    await setup.link('live');
    await setup.service.stopPairing('live');
    expect(await setup.service.status('live')).toMatchObject({ status: 'connected', authExists: true });
  });

  it.each(['tcp', 'upgrade', 'server_hello', 'client_finish', 'pair_device'] as const)(
    'stopping ends a session that is waiting at %s',
    async (stage) => {
      const accountId = `stop-at-${stage}`;
      await setup.simulator.control.addFault({ stage, action: { type: 'hold' } });
      await setup.service.pair(accountId);
      expect(await setup.simulator.control.holds({ stage }, 5_000)).toHaveLength(1);
      await setup.service.stopPairing(accountId);
      expect(await setup.service.status(accountId)).toMatchObject({ status: 'idle', authExists: false });
    },
  );

  it('stopping between acceptance and open keeps the link, which stays down until the next call', async () => {
    await setup.simulator.control.addFault({ stage: 'login_success', action: { type: 'silent' } });
    await setup.service.pair('accepted');
    const { value } = await setup.service.qr('accepted');
    expect(await scan(value)).toMatchObject({ paired: true });
    await eventually(
      async () => (await setup.service.status('accepted')).authExists,
      5_000,
      () => 'the account was not accepted',
    );
    await setup.service.stopPairing('accepted');
    expect(await setup.service.status('accepted')).toMatchObject({ status: 'idle', authExists: true });
    expect((await setup.service.pair('accepted')).body).toMatchObject({ status: 'pending' });
    await setup.service.reaches('accepted', 'connected');
  });
});

describe('the QR code of a pairing', () => {
  it('a code is replaced when its time is over, and the session fails after the last one', async () => {
    const begun = performance.now();
    await setup.service.pair('expiring');
    const first = await setup.service.qr('expiring');
    const left = Date.parse(first.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(timeLimit(3_000) - timeLimitSince(begun, 1_000));
    expect(left).toBeLessThanOrEqual(timeLimit(3_000));
    const ended = await setup.service.reaches('expiring', 'error', 12_000);
    expect(ended).toMatchObject({ authExists: false, serviceConnected: false });
    expect((await setup.service.view('expiring')).body).toEqual({
      accountId: 'expiring',
      status: 'error',
      startedAt: null,
      expiresAt: null,
      step: null,
      qr: null,
      pairingCode: null,
      error: { code: 'qr_expired', message: expect.any(String) as unknown, userAction: 'scan_again' },
    });
    await setup.service.stopPairing('expiring');
    expect(await setup.service.status('expiring')).toMatchObject({ status: 'idle' });
  }, 20_000);

  it.each(['companion_reg_refresh', 'pair-device-rotate-qr'] as const)(
    'a code is drawn again with a new secret when WhatsApp retires it (%s), and the retired code is refused',
    async (child) => {
      const accountId = `retired-${child}`;
      await setup.service.pair(accountId);
      const old = await setup.service.qr(accountId);
      expect(await setup.simulator.control.retire({ qr: old.value, child, waitMs: 5_000 })).toBe(true);
      const fresh = await setup.service.qr(accountId);
      expect(fresh).toMatchObject({ sequence: old.sequence + 1, of: old.of, expiresAt: old.expiresAt });
      expect(await scan(old.value)).toEqual({ paired: false, reason: 'retired_code' });
      expect(await scan(fresh.value)).toMatchObject({ paired: true });
      await setup.service.reaches(accountId, 'connected');
    },
  );

  it('a code is drawn again also after the phone refused a first scan', async () => {
    await setup.service.pair('second-look');
    const old = await setup.service.qr('second-look');
    await setup.simulator.control.addFault({ stage: 'scan', action: { type: 'refuse' } });
    expect(await scan(old.value)).toEqual({ paired: false, reason: 'refused_on_phone' });
    expect(await setup.simulator.control.retire({ qr: old.value, waitMs: 5_000 })).toBe(true);
    const fresh = await setup.service.qr('second-look');
    expect(fresh.sequence).toBeGreaterThan(old.sequence);
    expect(await scan(fresh.value)).toMatchObject({ paired: true });
    await setup.service.reaches('second-look', 'connected');
  });
});
