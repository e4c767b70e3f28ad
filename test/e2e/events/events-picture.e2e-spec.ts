import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventClient } from '../../support/clients/event-client.js';
import { answersOf, EventReplica } from '../../support/clients/event-replica.js';
import { listener } from '../../support/clients/event-sentences.js';
import { eventually } from '../../support/eventually.js';
import { Random } from '../../support/requests/random.js';
import { SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const random = Random.from('EVENTS_SEED');
const ACCOUNTS = ['one', 'two', 'three', 'four', 'five'];
const ROUNDS = 8;
const DEEDS_PER_ROUND = 25;

const DEEDS = [
  ...['pair', 'pair', 'pair', 'scan', 'scan', 'scan', 'stop', 'stop', 'disconnect', 'cut', 'restart'],
  ...['remove', 'refuse', 'outdated', 'unconfirmed', 'retire', 'expire'],
  ...['full store', 'no erase', 'unreadable', 'no socket'],
] as const;

let setup: TestEnvironment;
let phones: Record<string, string>;
let all: EventClient;
let single: readonly EventClient[];
/** Readers who may not be told everything. */
let codeless: EventClient;
let narrow: EventClient;

const CODELESS = { 'x-codeless': 'yes' };
/** Two of them. */
const NARROW = { 'x-only': 't' };
const isNarrow = (accountId: string): boolean => accountId.startsWith('t');

beforeAll(async () => {
  process.stdout.write(`events: EVENTS_SEED=${random.seed}\n`);
  setup = await TestEnvironment.create({
    timings: { ...SHORT_TIMINGS, firstCodeMs: 400, nextCodeMs: 200, sessionLimitMs: 4_000 },
    environment: { WHATSAPP_MAX_PAIRING_SESSIONS: '3' },
  });
  phones = Object.fromEntries(ACCOUNTS.map((accountId) => [accountId, setup.newPhone()]));
  all = await EventClient.open(setup.service.url);
  codeless = await EventClient.open(setup.service.url, '', CODELESS);
  narrow = await EventClient.open(setup.service.url, '', NARROW);
  single = await Promise.all(
    ACCOUNTS.map((accountId) => EventClient.open(setup.service.url, `?accountId=${accountId}`)),
  );
});
afterAll(async () => {
  for (const client of [all, codeless, narrow, ...single]) client.hangUp();
  await setup.close();
});

async function scan(accountId: string): Promise<void> {
  const { body } = await setup.service.view(accountId);
  const { qr } = body as { qr: { value: string } | null };
  if (!qr) return;
  await setup.simulator.control.scan({ phone: phones[accountId] as string, qr: qr.value, waitMs: 3_000 });
}

async function act(accountId: string, deed: (typeof DEEDS)[number]): Promise<unknown> {
  const { service } = setup;
  const { control } = setup.simulator;
  const where = { phone: phones[accountId] as string };
  switch (deed) {
    case 'pair':
      return service.pair(accountId);
    case 'scan':
      return scan(accountId);
    case 'stop':
      return service.stopPairing(accountId);
    case 'disconnect':
      return service.disconnect(accountId);
    case 'cut':
      return control.act({ type: 'cut' }, where);
    case 'restart':
      return control.act({ type: 'stream_error', code: 515 }, where);
    case 'remove':
      return control.removeDevices(where.phone);
    case 'refuse':
      return control.addFault({ stage: 'login_success', action: { type: 'fail', code: 403 } });
    case 'outdated':
      return control.addFault({ stage: 'client_finish', when: 'after', action: { type: 'fail', code: 405 } });
    case 'unconfirmed':
      return control.addFault({ stage: 'logout', action: { type: 'silent' } });
    case 'retire':
      return control.act({ type: 'retire' }, { kind: 'registration' });
    case 'expire':
      // As long as it takes to show all codes of a pairing.
      return eventually(
        async () => (await service.status(accountId)).status !== 'pending',
        10_000,
        () => `${accountId} pairs without end`,
      );
    case 'full store':
      return service.breakStore({ full: true });
    case 'no erase':
      return service.breakStore({ erase: true });
    case 'unreadable':
      return service.breakStore({ corrupt: true });
    case 'no socket':
      return service.breakStore({ openSocket: true });
  }
}

/** What a client has made of all that it was told, nothing missing and nothing twice. */
function pictureFrom(client: EventClient): EventReplica {
  const picture = new EventReplica();
  for (const message of client.messages) picture.take(message);
  return picture;
}

async function differences(): Promise<string[]> {
  const found: string[] = [];
  const everybody = pictureFrom(all);
  const withoutCodes = pictureFrom(codeless);
  const some = pictureFrom(narrow);
  for (const [index, accountId] of ACCOUNTS.entries()) {
    const told = everybody.of(accountId);
    const toldAlone = pictureFrom(single[index] as EventClient).of(accountId);
    const answered = await answersOf(setup.service, accountId);
    if (JSON.stringify(told) !== JSON.stringify(toldAlone)) found.push(`${accountId} is told differently`);
    if (!isSame(told, answered)) found.push(`${accountId}: ${JSON.stringify([told, answered])}`);
    const toldLess = withoutCodes.of(accountId);
    const view = `/api/whatsapp/pair?accountId=${accountId}`;
    const { body: pairing } = await setup.service.call('GET', view, undefined, CODELESS);
    const answeredLess = { ...answered, pairing };
    if (!isSame(toldLess, answeredLess))
      found.push(`${accountId} without codes: ${JSON.stringify([toldLess, answeredLess])}`);
    if (isNarrow(accountId) && !isSame(some.of(accountId), told))
      found.push(`${accountId} is told some less`);
  }
  const others = some.heardOf.filter((accountId) => !isNarrow(accountId));
  if (others.length > 0) found.push(`some are told of ${others.join()}`);
  const listed = (await setup.service.accounts()).accounts.map(({ accountId }) => accountId);
  if (everybody.known.join() !== listed.join()) found.push(`${everybody.known.join()} ≠ ${listed.join()}`);
  return found;
}

function isSame(told: object, answered: object): boolean {
  return JSON.stringify(told) === JSON.stringify(answered);
}

/** Whatever is different for a moment, an event is on its way that tells it. */
async function agree(after: () => string): Promise<void> {
  let found: string[] = [];
  await eventually(
    async () => (found = await differences()).length === 0,
    5_000,
    () => `seed ${random.seed}, ${after()}\n${found.join('\n')}`,
  );
}

describe('the codes of a pairing', () => {
  it('are each told when they are shown, and at the end that nobody scanned one', async () => {
    const client = await EventClient.open(setup.service.url, '?accountId=unscanned');
    await client.until((messages) => messages.length === 1, 'a snapshot');
    const heard = listener(client);
    await setup.service.pair('unscanned');
    expect(await heard('connection qr_expired')).toEqual([
      'status pending',
      ...['qr 1', 'qr 2', 'qr 3', 'qr 4', 'qr 5', 'qr 6'],
      ...['error qr_expired', 'status error', 'connection qr_expired'],
    ]);
    const shown = client.events.filter(({ type }) => type === 'qr').map(({ data }) => data['pairing']);
    const expiries = (shown as { step: { expiresAt: string } }[]).map(({ step }) =>
      Date.parse(step.expiresAt),
    );
    expect(expiries).toEqual([...new Set(expiries)].sort());
    await setup.service.stopPairing('unscanned');
    client.hangUp();
  });
});

describe('whoever puts together what the events bring', () => {
  it('has what the routes answer, after whatever has happened', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const deeds: string[] = [];
      for (let step = 0; step < DEEDS_PER_ROUND; step++) {
        const [accountId, deed] = [random.one(ACCOUNTS), random.one(DEEDS)];
        deeds.push(`${accountId} ${deed}`);
        const done = act(accountId, deed).catch((error: unknown) => {
          throw new Error(`${accountId} ${deed}`, { cause: error });
        });
        // Some of them all at once.
        if (random.below(3) > 0) {
          await done;
          await agree(() => `round ${round}: ${deeds.join(', ')}`);
        } else done.catch(() => undefined);
      }
      await setup.service.breakStore({});
      await setup.simulator.control.removeFault();
      await agree(() => `round ${round}: ${deeds.join(', ')}`);
    }
    const types = new Set(all.events.map(({ type }) => type));
    expect([...types].sort()).toEqual(['connection', 'error', 'qr', 'status']);
    expect(all.messages.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    const isToldCodes = (client: EventClient): boolean =>
      JSON.stringify(client.messages).includes('wa.me/settings');
    expect([all, codeless].map(isToldCodes)).toEqual([true, false]);
    expect(codeless.events.map(({ type }) => type)).toEqual(all.events.map(({ type }) => type));
  }, 120_000);
});
