import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultRequest } from '../../../simulator/faults/fault-plan.js';
import { eventually } from '../../support/eventually.js';
import { NO_SERVER } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    timings: {
      connectTimeoutMs: 1_500,
      loginTimeoutMs: 1_500,
      restartTimeoutMs: 1_500,
      firstCodeMs: 5_000,
      nextCodeMs: 5_000,
      sessionLimitMs: 15_000,
      retryDelaysMs: [20, 40],
      logoutTimeoutMs: 1_000,
    },
  });
});
afterEach(async () => {
  await setup.simulator.control.removeFault();
});
afterAll(() => setup.close());

const failure = (code: string, userAction: string) => ({
  code,
  message: expect.any(String) as unknown,
  userAction,
});

const always = (request: Omit<FaultRequest, 'times'>): FaultRequest => ({ ...request, times: 'always' });

describe('a pairing that fails at WhatsApp', () => {
  it.each<[string, FaultRequest, string, string]>([
    ['is never answered', always({ stage: 'tcp', action: { type: 'silent' } }), 'timed_out', 'retry_later'],
    ['gets no upgrade', always({ stage: 'upgrade', action: { type: 'silent' } }), 'timed_out', 'retry_later'],
    [
      'gets no hello',
      always({ stage: 'server_hello', action: { type: 'silent' } }),
      'timed_out',
      'retry_later',
    ],
    [
      'gets no references',
      always({ stage: 'pair_device', action: { type: 'silent' } }),
      'timed_out',
      'retry_later',
    ],
    [
      'is refused with 403 on the upgrade',
      always({ stage: 'upgrade', action: { type: 'http_status', status: 403 } }),
      'refused',
      'retry_later',
    ],
    [
      'is refused with 429 on an upgrade that stays open',
      always({ stage: 'upgrade', action: { type: 'http_status', status: 429, keepOpen: true } }),
      'refused',
      'retry_later',
    ],
    [
      'is answered with 503 on the upgrade',
      always({ stage: 'upgrade', action: { type: 'http_status', status: 503 } }),
      'server_error',
      'retry_later',
    ],
    [
      'has an outdated client version',
      always({ stage: 'client_finish', when: 'after', action: { type: 'fail', code: 405 } }),
      'client_outdated',
      'update_service',
    ],
    [
      'is refused at registration',
      always({ stage: 'client_finish', when: 'after', action: { type: 'fail', code: 401 } }),
      'pairing_rejected',
      'scan_again',
    ],
    [
      'meets a server error',
      always({ stage: 'client_finish', when: 'after', action: { type: 'fail', code: 503 } }),
      'server_error',
      'retry_later',
    ],
    [
      'loses every connection',
      always({ stage: 'client_finish', when: 'after', action: { type: 'cut' } }),
      'connection_lost',
      'retry_later',
    ],
    [
      'is cut before the upgrade',
      always({ stage: 'upgrade', action: { type: 'cut', reset: true } }),
      'connection_lost',
      'retry_later',
    ],
    [
      'receives frames that cannot be decrypted',
      always({ stage: 'pair_device', action: { type: 'garbage', kind: 'undecryptable' } }),
      'server_error',
      'retry_later',
    ],
  ])('the pairing ends with a reason when it %s', async (name, fault, code, userAction) => {
    const accountId = name.replaceAll(/\W+/g, '-');
    await setup.simulator.control.addFault(fault);
    expect((await setup.service.pair(accountId)).status).toBe(200);
    expect(await setup.service.fails(accountId)).toEqual(failure(code, userAction));
    expect(await setup.service.status(accountId)).toMatchObject({
      authExists: false,
      serviceConnected: false,
    });
  });

  it('the pairing ends as unreachable when no server listens at the address', async () => {
    const server = { ...NO_SERVER, rootKeyHex: setup.simulator.rootKeyHex };
    const other = await TestEnvironment.create({ server });
    await other.service.pair('alone');
    await other.service.reaches('alone', 'error');
    expect((await other.service.view('alone')).body).toMatchObject({ error: { code: 'unreachable' } });
    await other.close();
  });

  it('the pairing makes no second attempt when the client is outdated', async () => {
    const before = (await setup.simulator.control.state()).counters.connections;
    await setup.simulator.control.addFault(
      always({ stage: 'upgrade', action: { type: 'http_status', status: 405 } }),
    );
    await setup.service.pair('once');
    expect(await setup.service.fails('once')).toEqual(failure('client_outdated', 'update_service'));
    expect((await setup.simulator.control.state()).counters.connections).toBe(before + 1);
  });

  it('the pairing succeeds when only its first attempts fail', async () => {
    await setup.simulator.control.addFault({
      stage: 'upgrade',
      action: { type: 'http_status', status: 503 },
    });
    await setup.simulator.control.addFault({ stage: 'server_hello', action: { type: 'cut' } });
    await setup.link('patient');
  });

  it('a failed pairing frees its pairing slot', async () => {
    await setup.simulator.control.addFault(
      always({ stage: 'client_finish', when: 'after', action: { type: 'fail', code: 405 } }),
    );
    for (let round = 0; round < 12; round += 1) {
      expect((await setup.service.pair(`freed-${round}`)).status).toBe(200);
      await setup.service.reaches(`freed-${round}`, 'error');
    }
  });
});

describe('a server without proof that it is WhatsApp', () => {
  it.each([
    'leaf_signature',
    'intermediate_signature',
    'foreign_root',
    'expired',
    'intermediate_expired',
    'not_yet_valid',
    'leaf_key_mismatch',
    'issuer_serial',
    'leaf_issuer_serial',
  ] as const)('the service does not trust the server: %s', async (forgery) => {
    await setup.simulator.control.addFault({
      stage: 'server_hello',
      action: { type: 'certificate', forgery },
    });
    await setup.service.pair(`forged-${forgery}`);
    expect(await setup.service.fails(`forged-${forgery}`)).toEqual(
      failure('server_untrusted', 'contact_operator'),
    );
  });

  it.each(['account_signature', 'foreign_account_key', 'other_device', 'hmac'] as const)(
    'a pairing with a forged %s fails, and nothing is stored',
    async (forgery) => {
      const accountId = `forged-${forgery}`;
      await setup.simulator.control.addFault({
        stage: 'pair_success',
        action: { type: 'forge_pair_success', forgery },
      });
      await setup.service.pair(accountId);
      const { value } = await setup.service.qr(accountId);
      const phone = setup.newPhone();
      expect(await setup.simulator.control.scan({ phone, qr: value, waitMs: 3_000 })).toMatchObject({
        paired: false,
      });
      expect(await setup.service.fails(accountId)).toEqual(failure('pairing_forged', 'contact_operator'));
      expect(await setup.service.status(accountId)).toMatchObject({ authExists: false });
      expect(
        (await setup.simulator.control.state()).devices.filter((device) => device.phone === phone),
      ).toEqual([]);
    },
  );
});

describe('the login after the scan of a code', () => {
  it.each(['stream_restart', 'pair_device_sign'] as const)(
    'the account connects when the connection drops after %s, without the expected restart',
    async (stage) => {
      const accountId = `drop-${stage}`;
      await setup.simulator.control.addFault({
        stage: stage === 'stream_restart' ? 'stream_restart' : 'pair_device_sign',
        when: stage === 'stream_restart' ? 'before' : 'after',
        action: { type: 'cut' },
      });
      await setup.link(accountId);
    },
  );

  it('the account connects when the expected restart never arrives', async () => {
    await setup.simulator.control.addFault({ stage: 'stream_restart', action: { type: 'silent' } });
    await setup.link('no-restart');
  });

  it('the pairing shows a fresh code when its reply never reached WhatsApp', async () => {
    await setup.simulator.control.addFault({ stage: 'pair_device_sign', action: { type: 'cut' } });
    await setup.service.pair('lost-reply');
    const { value, sequence } = await setup.service.qr('lost-reply');
    const phone = setup.newPhone();
    await setup.simulator.control.scan({ phone, qr: value, waitMs: 2_000 });
    await eventually(
      async () => (await setup.service.qr('lost-reply')).sequence > sequence,
      8_000,
      () => 'no fresh code was shown',
    );
    expect(await setup.service.status('lost-reply')).toMatchObject({ status: 'pending', authExists: false });
    const fresh = await setup.service.qr('lost-reply');
    expect(await setup.simulator.control.scan({ phone, qr: fresh.value })).toMatchObject({ paired: true });
    await setup.service.reaches('lost-reply', 'connected');
  });

  it.each([
    [402, 'temporarily_banned'],
    [403, 'account_locked'],
    [405, 'client_outdated'],
    [406, 'account_banned'],
    [411, 'multi_device_missing'],
  ])('the credentials are kept when the login is refused with %i', async (code, expected) => {
    const accountId = `refused-${code}`;
    await setup.simulator.control.addFault({ stage: 'login_success', action: { type: 'fail', code } });
    await setup.service.pair(accountId);
    await setup.simulator.control.scan({
      phone: setup.newPhone(),
      qr: (await setup.service.qr(accountId)).value,
    });
    expect(await setup.service.fails(accountId)).toMatchObject({ code: expected });
    expect(await setup.service.status(accountId)).toMatchObject({ status: 'error', authExists: true });
    await setup.service.pair(accountId);
    await setup.service.reaches(accountId, 'connected');
  });
});
