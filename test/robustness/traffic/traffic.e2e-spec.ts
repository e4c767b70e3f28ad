import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/requests/random.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { BusyAccount } from './busy-account.js';
import { StoredKeys } from './stored-keys.js';

const ROUNDS = Number(process.env['TRAFFIC_ROUNDS'] ?? 4);
const ACCOUNTS = Number(process.env['TRAFFIC_ACCOUNTS'] ?? 15);
const random = Random.from('TRAFFIC_SEED');

/** Highest delay of a kill: long enough for a drop, a login and an upload in sequence, in all accounts at once. */
const TRAFFIC_MS = 1_500;
const LINKED_AT_ONCE = 5;

let setup: TestEnvironment;
let accounts: readonly BusyAccount[];
let keys: StoredKeys;
let devices: Readonly<Record<string, string>>;

beforeAll(
  async () => {
    setup = await TestEnvironment.create({ environment: { LOG_LEVEL: 'info' } });
    accounts = Array.from(
      { length: ACCOUNTS },
      (_, i) => new BusyAccount(setup, `busy-${i}`, setup.newPhone()),
    );
    keys = new StoredKeys(setup.dataDir);
    const waiting = [...accounts];
    const linkNext = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await setup.link(next.accountId, next.phone);
    };
    await Promise.all(Array.from({ length: LINKED_AT_ONCE }, linkNext));
    devices = await devicesNow();
  },
  30_000 + ACCOUNTS * 2_000,
);

afterAll(async () => {
  const { counters } = await setup.simulator.control.state();
  const { logins, preKeyUploads, signedPreKeyRotations, messages, retryReceipts } = counters;
  const counts = JSON.stringify({
    logins,
    preKeyUploads,
    signedPreKeyRotations,
    messages,
    retryReceipts,
  });
  process.stdout.write(
    `traffic: TRAFFIC_SEED=${random.seed}, ${ROUNDS} kills, ${ACCOUNTS} accounts, ${counts}\n`,
  );
  await setup.close();
});

/** Returns the device of each phone. Fails when a phone has two. */
async function devicesNow(): Promise<Record<string, string>> {
  const { devices: views } = await setup.simulator.control.state();
  expect(views).toHaveLength(ACCOUNTS);
  return Object.fromEntries(views.map(({ phone, jid }) => [phone, jid]));
}

/** Kills the service during traffic, and waits until its connections are closed. */
async function killUnderTraffic(): Promise<void> {
  const busy = accounts.map((account) => account.isBusy(new Random(random.below(2 ** 31)), accounts));
  // A random delay is intended here; it comes from the seed.
  await new Promise((resolve) => setTimeout(resolve, random.below(TRAFFIC_MS)));
  await setup.service.kill();
  await Promise.all(busy);
  expect(setup.service.output).not.toMatch(/unhandled|uncaught|\bERROR\b/);
  // The kernel closes the connections of the killed process, so a later login is not a second connection.
  await setup.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
}

/** Checks that the store has the private key of every key that WhatsApp hands out. */
async function assertKeysComplete(): Promise<void> {
  const { control } = setup.simulator;
  const views = await Promise.all(
    accounts.map(async ({ accountId, phone }) => {
      return [accountId, await control.preKeys(devices[phone] ?? '')] as const;
    }),
  );
  const unsure = accounts.filter(({ hasRotated }) => hasRotated).map(({ accountId }) => accountId);
  expect(await keys.contradictions(new Map(views), new Set(unsure))).toEqual([]);
}

async function assertAllReconnect(): Promise<void> {
  await Promise.all(accounts.map((account) => account.isBack()));
  expect(await devicesNow()).toEqual(devices);
  const { counters, mostConnectionsOfADevice } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReplaced: 0, preKeysRevived: 0, stanzasLost: 0 });
  expect(mostConnectionsOfADevice).toBe(1);
}

/** Sends a message from each account to the next one in a ring, and back. */
async function assertMessagesArrive(): Promise<void> {
  const ring = random.shuffled(accounts);
  await Promise.all(
    ring.map(async (account, i) => {
      const neighbour = ring[(i + 1) % ring.length] ?? account;
      await account.isUnderstoodBy(neighbour);
      await neighbour.isUnderstoodBy(account);
    }),
  );
  for (const account of accounts) account.hasRotated = false;
}

const withDiagnostics = (where: string, work: () => Promise<void>): Promise<void> =>
  setup.withDiagnostics(`TRAFFIC_SEED=${random.seed}, ${where}`, work);

describe('kill during the rotation of a signed pre-key', () => {
  it('after a kill the service uploads its stored signed pre-key, when WhatsApp has a newer one that was not stored', async () => {
    const { control } = setup.simulator;
    const [account] = accounts as [BusyAccount];
    const { accountId, phone } = account;
    const known = async (): Promise<number> => (await control.preKeys(devices[phone] ?? '')).signedPreKey.id;
    const before = await known();
    await control.addFault({
      stage: 'query',
      action: { type: 'hold', whenGone: 'continue' },
      where: { phone },
    });
    const rotation = setup.service.errand({ accountId, rotateSignedPreKey: true }).catch(() => undefined);
    expect(await control.holds({ stage: 'query' }, 5_000)).toHaveLength(1);
    await setup.service.kill();
    await rotation;
    await eventually(
      async () => (await known()) === before + 1,
      5_000,
      () => 'WhatsApp does not have the new signed pre-key',
    );
    await setup.restart('kill');
    await eventually(
      async () => (await known()) === before,
      10_000,
      () => 'WhatsApp hands out a signed pre-key that is not stored',
    );
    await assertAllReconnect();
  }, 60_000);
});

describe('kill during connects, drops, key rotations and messages', () => {
  it(
    `after a kill the store has every key that WhatsApp has, and all accounts reconnect and read each other’s messages (${ROUNDS} times)`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await withDiagnostics(`round ${round}`, async () => {
          await killUnderTraffic();
          await assertKeysComplete();
          await setup.restart('kill');
          // In every third round the next kill comes while the accounts still reconnect.
          if (round % 3 === 1) return;
          await assertAllReconnect();
          await assertMessagesArrive();
        });
      }
      await withDiagnostics('at the end', assertAllReconnect);
    },
    30_000 + ROUNDS * 20_000,
  );
});
