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
const ACTIONS_PER_ROUND = 25;

const ACTIONS = [
  ...['pair', 'pair', 'pair', 'scan', 'scan', 'scan', 'stop', 'stop', 'disconnect', 'cut', 'restart'],
  ...['remove', 'refuse', 'outdated', 'unconfirmed', 'retire', 'expire'],
  ...['full store', 'no erase', 'unreadable', 'no socket'],
] as const;

let setup: TestEnvironment;
let phones: Record<string, string>;
let all: EventClient;
let single: readonly EventClient[];
/** A reader without permission to see codes. */
let codeless: EventClient;
/** A reader with access to some accounts only. */
let narrow: EventClient;

const CODELESS = { 'x-codeless': 'yes' };
/** Gives access to the accounts `two` and `three`. */
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

async function act(accountId: string, action: (typeof ACTIONS)[number]): Promise<unknown> {
  const { service } = setup;
  const { control } = setup.simulator;
  const where = { phone: phones[accountId] as string };
  switch (action) {
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
      // Waits until the pairing has shown all its codes.
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

/** The state that a client has after all its messages. Throws when a message is missing or repeated. */
function replicaOf(client: EventClient): EventReplica {
  const replica = new EventReplica();
  for (const message of client.messages) replica.take(message);
  return replica;
}

async function differences(): Promise<string[]> {
  const found: string[] = [];
  const complete = replicaOf(all);
  const withoutCodes = replicaOf(codeless);
  const partial = replicaOf(narrow);
  for (const [index, accountId] of ACCOUNTS.entries()) {
    const received = complete.of(accountId);
    const receivedAlone = replicaOf(single[index] as EventClient).of(accountId);
    const answered = await answersOf(setup.service, accountId);
    if (!isSame(received, receivedAlone)) found.push(`${accountId}: the reader of one account differs`);
    if (!isSame(received, answered)) found.push(`${accountId}: ${JSON.stringify([received, answered])}`);
    const receivedLess = withoutCodes.of(accountId);
    const view = `/api/whatsapp/pair?accountId=${accountId}`;
    const { body: pairing } = await setup.service.call('GET', view, undefined, CODELESS);
    const answeredLess = { ...answered, pairing };
    if (!isSame(receivedLess, answeredLess))
      found.push(`${accountId} without codes: ${JSON.stringify([receivedLess, answeredLess])}`);
    if (isNarrow(accountId) && !isSame(partial.of(accountId), received))
      found.push(`${accountId}: the reader with restricted access differs`);
  }
  const others = partial.mentioned.filter((accountId) => !isNarrow(accountId));
  if (others.length > 0) found.push(`the reader with restricted access receives ${others.join()}`);
  const listed = (await setup.service.accounts()).accounts.map(({ accountId }) => accountId);
  if (complete.known.join() !== listed.join()) found.push(`${complete.known.join()} ≠ ${listed.join()}`);
  return found;
}

function isSame(received: object, answered: object): boolean {
  return JSON.stringify(received) === JSON.stringify(answered);
}

/** Waits until replicas and routes agree. They may differ for as long as an event is on its way. */
async function agree(after: () => string): Promise<void> {
  let found: string[] = [];
  await eventually(
    async () => (found = await differences()).length === 0,
    5_000,
    () => `seed ${random.seed}, ${after()}\n${found.join('\n')}`,
  );
}

describe('the events of the QR codes of a pairing', () => {
  it('a reader receives each code when it is shown, and an error when all codes have expired', async () => {
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

describe('clients that apply the events to their state', () => {
  it('the state of each client equals the answers of the routes, after any sequence of actions and failures', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const actions: string[] = [];
      const overlapping: Promise<unknown>[] = [];
      for (let step = 0; step < ACTIONS_PER_ROUND; step++) {
        const [accountId, action] = [random.one(ACCOUNTS), random.one(ACTIONS)];
        actions.push(`${accountId} ${action}`);
        const done = act(accountId, action).catch((error: unknown) => {
          throw new Error(`${accountId} ${action}`, { cause: error });
        });
        // One action in three overlaps with the next ones.
        if (random.below(3) > 0) {
          await done;
          await agree(() => `round ${round}: ${actions.join(', ')}`);
        } else {
          overlapping.push(done);
          // Its error is thrown at the end of the round.
          done.catch(() => undefined);
        }
      }
      await Promise.all(overlapping);
      await setup.service.breakStore({});
      await setup.simulator.control.removeFault();
      await agree(() => `round ${round}: ${actions.join(', ')}`);
    }
    const types = new Set(all.events.map(({ type }) => type));
    expect([...types].sort()).toEqual(['connection', 'error', 'qr', 'status']);
    expect(all.messages.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    const hasCodes = (client: EventClient): boolean =>
      JSON.stringify(client.messages).includes('wa.me/settings');
    expect([all, codeless].map(hasCodes)).toEqual([true, false]);
    expect(codeless.events.map(({ type }) => type)).toEqual(all.events.map(({ type }) => type));
  }, 120_000);
});
