import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/requests/random.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { BusyAccount } from './busy-account.js';
import { StoredKeys } from './stored-keys.js';

const ROUNDS = Number(process.env['TRAFFIC_ROUNDS'] ?? 4);
const ACCOUNTS = Number(process.env['TRAFFIC_ACCOUNTS'] ?? 15);
const random = Random.from('TRAFFIC_SEED');

/** Long enough for a drop, a login and an upload one after another, in all accounts at the same time. */
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
  const told = JSON.stringify({
    logins,
    preKeyUploads,
    signedPreKeyRotations,
    messages,
    retryReceipts,
  });
  process.stdout.write(
    `traffic: TRAFFIC_SEED=${random.seed}, ${ROUNDS} kills, ${ACCOUNTS} accounts, ${told}\n`,
  );
  await setup.close();
});

/** The device of each phone; @throws when one has two */
async function devicesNow(): Promise<Record<string, string>> {
  const { devices: views } = await setup.simulator.control.state();
  expect(views).toHaveLength(ACCOUNTS);
  return Object.fromEntries(views.map(({ phone, jid }) => [phone, jid]));
}

/** The service dies in the middle of it, and WhatsApp notices. */
async function killUnderTraffic(): Promise<void> {
  const busy = accounts.map((account) => account.isBusy(new Random(random.below(2 ** 31)), accounts));
  // A random instant is the point; it comes from the seed.
  await new Promise((resolve) => setTimeout(resolve, random.below(TRAFFIC_MS)));
  await setup.service.kill();
  await Promise.all(busy);
  expect(setup.service.output).not.toMatch(/unhandled|uncaught|\bERROR\b/);
  // The kernel closes what the dead process had open: no login that follows can be taken for a second one.
  expect(await setup.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000)).toBe(true);
}

/** Whatever WhatsApp gives to others of an account's keys, the store has the private half. */
async function nothingIsMissing(): Promise<void> {
  const { control } = setup.simulator;
  const views = await Promise.all(
    accounts.map(async ({ accountId, phone }) => {
      return [accountId, await control.preKeys(devices[phone] ?? '')] as const;
    }),
  );
  const unsure = accounts.filter(({ hasRotated }) => hasRotated).map(({ accountId }) => accountId);
  expect(await keys.contradictions(new Map(views), new Set(unsure))).toEqual([]);
}

async function allComeBack(): Promise<void> {
  await Promise.all(accounts.map((account) => account.isBack()));
  expect(await devicesNow()).toEqual(devices);
  const { counters, mostConnectionsOfADevice } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReplaced: 0, preKeysRevived: 0, lettersLost: 0 });
  expect(mostConnectionsOfADevice).toBe(1);
}

/** In a ring, and back. */
async function allUnderstandEachOther(): Promise<void> {
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

const explained = (where: string, work: () => Promise<void>): Promise<void> =>
  setup.explained(`TRAFFIC_SEED=${random.seed}, ${where}`, work);

describe('a service that is killed while an account rotates its signed pre-key', () => {
  it('gives WhatsApp the one back that is stored, when it had told of another one and not stored it yet', async () => {
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
      () => 'WhatsApp has not heard of it',
    );
    await setup.restart('kill');
    await eventually(
      async () => (await known()) === before,
      10_000,
      () => 'WhatsApp gives away a signed pre-key that nobody has',
    );
    await allComeBack();
  }, 60_000);
});

describe('a service that is killed while its accounts connect, drop, rotate keys and exchange messages', () => {
  it(
    `has every key that WhatsApp was told about, and all accounts come back and understand each other (${ROUNDS} times)`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await explained(`round ${round}`, async () => {
          await killUnderTraffic();
          await nothingIsMissing();
          await setup.restart('kill');
          // Every third one dies while its accounts are still on their way back.
          if (round % 3 === 1) return;
          await allComeBack();
          await allUnderstandEachOther();
        });
      }
      await explained('at the end', allComeBack);
    },
    30_000 + ROUNDS * 20_000,
  );
});
