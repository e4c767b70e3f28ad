import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PINNED_REVISION } from '../../../simulator/handshake/version-handler.js';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

const ACCOUNTS = ['one', 'two', 'three', 'four'];
const PINNED = '2.3000.7';
const REFRESHING = { WHATSAPP_VERSION_REFRESH: 'on' };

let setup: TestEnvironment;
let phones: Record<string, string>;
/** Grows with every test, because the service remembers the last version that worked. */
let revision = PINNED_REVISION;

const version = (): string => `2.3000.${revision}`;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: REFRESHING,
    timings: { ...SHORT_TIMINGS, ...PATIENT },
  });
  phones = await setup.linkAll(ACCOUNTS);
}, 60_000);
afterAll(() => setup.close());

/** Makes WhatsApp accept only a new version and later ones. */
async function outdate(): Promise<void> {
  revision += 1;
  await setup.simulator.control.requireVersion(version());
}

async function counted(): Promise<{ asked: number; refused: number; logins: number }> {
  const { counters, refusals } = await setup.simulator.control.state();
  const { outdated_version: refused = 0 } = refusals;
  return { asked: counters.versionRequests, refused, logins: counters.logins };
}

async function allAre(status: 'connected' | 'error'): Promise<void> {
  await Promise.all(ACCOUNTS.map((accountId) => setup.service.reaches(accountId, status)));
}

async function announced(): Promise<(string | null | undefined)[]> {
  return Promise.all(
    ACCOUNTS.map(async (accountId) => (await setup.device(phones[accountId] as string))?.clientVersion),
  );
}

async function expectOutdated(): Promise<void> {
  await allAre('error');
  for (const accountId of ACCOUNTS) {
    expect(await setup.service.status(accountId)).toMatchObject({ authExists: true });
    expect(await setup.service.failure(accountId)).toMatchObject({
      code: 'client_outdated',
      userAction: 'update_service',
    });
  }
}

describe('logins that WhatsApp refuses for their version', () => {
  it('refused logins are repeated once with the newest version that WhatsApp serves, after one request for all', async () => {
    await outdate();
    await setup.simulator.control.serveVersion({ revision });
    const before = await counted();
    await setup.restart();
    expect((await setup.service.pair('new')).status).toBe(200);
    await allAre('connected');
    expect(await announced()).toEqual(ACCOUNTS.map(version));
    expect(await setup.service.qr('new')).toMatchObject({ sequence: 1 });
    const after = await counted();
    expect(after.logins - before.logins).toBe(ACCOUNTS.length);
    expect(after.refused - before.refused).toBeLessThanOrEqual(ACCOUNTS.length + 1);
    // The background fetch may have made another request in the meantime.
    expect(after.asked - before.asked).toBeLessThanOrEqual(2);
    await setup.service.stopPairing('new');
  });

  it('logins succeed after a restart with the last version that worked, whatever version WhatsApp serves', async () => {
    await setup.simulator.control.serveVersion({ status: 503 });
    const before = await counted();
    await setup.restart();
    await allAre('connected');
    expect(await announced()).toEqual(ACCOUNTS.map(version));
    expect((await counted()).refused).toBe(before.refused);
  });

  it('refused logins are not repeated when WhatsApp serves garbage or no newer version', async () => {
    await setup.simulator.control.serveVersion({ body: '<script>client_revision: "latest"</script>' });
    const served = revision;
    await outdate();
    const before = await counted();
    await setup.restart();
    await expectOutdated();
    await setup.simulator.control.serveVersion({ revision: served });
    // Waits until the background fetch has made its request too, which must change nothing.
    await eventually(
      async () => (await counted()).asked >= before.asked + 2,
      10_000,
      () => 'the background fetch has not requested the version',
    );
    const after = await counted();
    expect([after.refused - before.refused, after.logins - before.logins]).toEqual([ACCOUNTS.length, 0]);
    // A new pairing is refused once more, without another request.
    await setup.service.pair('one');
    await setup.service.reaches('one', 'error');
    expect(await counted()).toEqual({ ...after, refused: after.refused + 1 });
  });

  it.each([
    ['the refresh is switched off', { WHATSAPP_VERSION_REFRESH: 'off' }],
    ['the version is pinned', { ...REFRESHING, WHATSAPP_WEB_VERSION: PINNED }],
  ])(
    'refused logins are not repeated when %s, although WhatsApp serves a newer version',
    async (_, environment) => {
      await setup.simulator.control.serveVersion({ revision });
      const before = await counted();
      await setup.restart('stop', { environment });
      await eventually(
        async () => (await counted()).refused === before.refused + ACCOUNTS.length,
        10_000,
        () => 'not every login was refused',
      );
      await expectOutdated();
      expect(await counted()).toEqual({ ...before, refused: before.refused + ACCOUNTS.length });
    },
  );

  it('logins announce the pinned version, and succeed when WhatsApp accepts it', async () => {
    await setup.simulator.control.requireVersion(null);
    for (const accountId of ACCOUNTS) await setup.service.pair(accountId);
    await allAre('connected');
    expect(await announced()).toEqual(ACCOUNTS.map(() => PINNED));
  });

  it('logins succeed after the next start when WhatsApp then serves a newer version', async () => {
    await setup.simulator.control.requireVersion(version());
    await setup.restart();
    await allAre('connected');
    expect(await announced()).toEqual(ACCOUNTS.map(version));
  });
});

describe('a web server that does not answer', () => {
  it('a silent web server delays no pairing and no reconnection', async () => {
    await setup.simulator.control.serveVersion({ delayMs: 60_000 });
    const before = await counted();
    await setup.restart();
    await allAre('connected');
    await eventually(
      async () => (await counted()).asked > before.asked,
      10_000,
      () => 'the service has not requested the version',
    );
    await setup.link('another');
    expect(await announced()).toEqual(ACCOUNTS.map(version));
    await setup.service.disconnect('another');
  });

  it('a refused login waits for a silent web server at most 5 s', async () => {
    await outdate();
    await setup.restart();
    const started = performance.now();
    await expectOutdated();
    expect(performance.now() - started).toBeLessThan(5_000 + timeLimitSince(started, 2_000));
  });
});
