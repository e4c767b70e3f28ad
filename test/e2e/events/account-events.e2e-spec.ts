import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountEvent } from '../../../src/whatsapp/domain/account-event.js';
import { eventually } from '../../support/eventually.js';
import { HostEnvironment } from '../../support/host/host-environment.js';
import type { HostProcess } from '../../support/host/host-process.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

const PHONE = '4915100000001';

let environment: HostEnvironment;
let host: HostProcess;

beforeAll(async () => {
  environment = await HostEnvironment.create();
  host = await environment.start();
}, 60_000);
afterAll(() => environment.close());

const call = async (path: string, accountId: string): Promise<void> => {
  expect((await host.post(`/api/whatsapp/${path}`, { accountId })).status).toBe(200);
};

/** Waits until an account has emitted `count` events. @returns a sentence for each event */
async function emitted(accountId: string, count: number): Promise<string[]> {
  let mine: AccountEvent[] = [];
  await eventually(
    async () => {
      mine = (await host.happened()).events.filter((event) => event.accountId === accountId);
      return mine.length >= count;
    },
    15_000,
    () => `${accountId} has emitted ${JSON.stringify(mine.map(({ type }) => type))}`,
  );
  return mine.map(sentence);
}

function sentence({ type, reason, status }: AccountEvent): string {
  const { status: state, authExists, serviceConnected, servicePhone } = status;
  expect([serviceConnected, servicePhone !== null]).toEqual([state === 'connected', state === 'connected']);
  return `${type}${reason ? ` (${reason.code})` : ''}: ${state}${authExists ? ', linked' : ''}`;
}

async function scan(accountId: string, phone: string): Promise<void> {
  const code = await host.send(
    `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`,
  );
  const { value: qr } = JSON.parse(code.text) as { value: string };
  expect(await environment.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
}

describe('the events that a host application observes', () => {
  const begun = ['pairing: pending', 'linked: pending, linked', 'connected: connected, linked'];

  it('the events of an account follow its life: pairing, linked, connected, down, connected, unlinked, pairing, stopped', async () => {
    await call('pair', 'sales');
    await scan('sales', PHONE);
    expect(await emitted('sales', 3)).toEqual(begun);
    await environment.simulator.control.act({ type: 'cut' }, { phone: PHONE });
    await emitted('sales', 5);
    await environment.simulator.control.removeDevices(PHONE);
    await emitted('sales', 6);
    await call('pair', 'sales');
    await call('pair/stop', 'sales');
    expect(await emitted('sales', 8)).toEqual([
      ...begun,
      'down (connection_lost): idle, linked',
      'connected: connected, linked',
      'unlinked (unlinked_by_phone): error',
      'pairing: pending',
      'stopped: idle',
    ]);
  });

  it('an event gives the result of a pairing, a login or a disconnect, with its reason', async () => {
    const { control } = environment.simulator;
    const refusal = { stage: 'client_finish', when: 'after', action: { type: 'fail', code: 403 } } as const;
    await control.addFault(refusal);
    await call('pair', 'refused');
    expect(await emitted('refused', 2)).toEqual(['pairing: pending', 'failed (account_locked): error']);

    const [phone, other] = ['4915100000002', '4915100000003'];
    await call('pair', 'left');
    await scan('left', phone);
    await emitted('left', 3);
    await call('disconnect', 'left');
    expect(await emitted('left', 4)).toEqual([...begun, 'disconnected: idle']);

    await call('pair', 'replaced');
    await scan('replaced', other);
    await emitted('replaced', 3);
    await control.act({ type: 'stream_error', conflict: 'replaced' }, { phone: other });
    await emitted('replaced', 4);
    await call('pair', 'replaced');
    await emitted('replaced', 6);
    await control.addFault({ stage: 'logout', action: { type: 'cut' } });
    await call('disconnect', 'replaced');
    expect(await emitted('replaced', 7)).toEqual([
      ...begun,
      'failed (replaced): error, linked',
      'pairing: pending, linked',
      'connected: connected, linked',
      'disconnected (logout_unconfirmed): idle',
    ]);
  });

  it('events of all accounts have one sequence and a time, and complete when the application closes', async () => {
    const phone = '4915100000004';
    await call('pair', 'live');
    await scan('live', phone);
    await emitted('live', 3);
    await call('pair', 'waiting');
    expect((await host.happened()).completed).toBe(false);
    const { events, completed } = await host.close();
    expect(completed).toBe(true);
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    const times = events.map(({ at }) => Date.parse(String(at)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const last = events.slice(-2);
    expect(last.map(({ accountId, type }) => `${accountId} ${type}`).sort()).toEqual([
      'live stopped',
      'waiting stopped',
    ]);
    expect(last.map(sentence).sort()).toEqual(['stopped: idle', 'stopped: idle, linked']);
  });
});
