import { describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from './connection-end.js';
import { BY_QR } from '../pairing.js';
import type { Effect, SessionEvent, SessionState } from './session-state.js';
import { DEFAULT_TIMINGS } from './session-timings.js';
import { NEW_SESSION, transition } from './transition.js';

const restart: ConnectionEnd = { kind: 'whatsapp', code: 515, detail: null };
const refused401: ConnectionEnd = { kind: 'whatsapp', code: 401, detail: null };
const CODES = ['a', 'b', 'c'];

/** Applies events to a new session and collects every effect. */
function play(...events: SessionEvent[]): { state: SessionState; effects: Effect[] } {
  let state: SessionState = NEW_SESSION;
  const effects: Effect[] = [];
  for (const event of events) {
    const step = transition(state, event, DEFAULT_TIMINGS);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const does = (effects: readonly Effect[], what: Effect['do']): number =>
  effects.filter((effect) => effect.do === what).length;

const toCode: SessionEvent[] = [
  { type: 'pair', link: 'new', request: BY_QR },
  { type: 'codes', attempt: 1, step: 'qr', values: CODES },
];
const toAccepted: SessionEvent[] = [
  ...toCode,
  { type: 'acceptRequested', attempt: 1, phone: '4915' },
  { type: 'stored', attempt: 1 },
];
const toLogin: SessionEvent[] = [...toAccepted, { type: 'closed', attempt: 1, end: restart }];

describe('transition of a pairing', () => {
  it('a session continues from the scan over the restart to an open connection without a pause', () => {
    const { state, effects } = play(...toLogin, { type: 'opened', attempt: 2, phone: '4915' });
    expect(state).toEqual({ phase: 'open', attempt: 2, phone: '4915', tries: 0 });
    expect(effects.filter((effect) => effect.do === 'schedule' && effect.timer === 'retry')).toEqual([]);
    expect(effects).toContainEqual({ do: 'recordConnected', phone: '4915' });
    expect(does(effects, 'releasePairingSlot')).toBe(1);
  });

  it('a session treats a lost connection after acceptance like the restart', () => {
    const { state } = play(...toAccepted, {
      type: 'closed',
      attempt: 1,
      end: { kind: 'network', problem: 'lost' },
    });
    expect(state).toMatchObject({ phase: 'connecting', attempt: 2, link: 'unconfirmed' });
  });

  it('a session continues when WhatsApp does not close the paired socket', () => {
    const { state } = play(...toAccepted, { type: 'due', timer: 'attempt' });
    expect(state).toMatchObject({ phase: 'connecting', attempt: 2, link: 'unconfirmed' });
  });

  it('a session shows one QR code after another and fails after the last one', () => {
    const due: SessionEvent = { type: 'due', timer: 'code' };
    const { state, effects } = play(...toCode, due, due, due);
    expect(
      effects.filter((effect) => effect.do === 'showCode').map(({ value, lifeMs }) => [value, lifeMs]),
    ).toEqual([
      ['a', 60_000],
      ['b', 20_000],
      ['c', 20_000],
    ]);
    expect(state).toMatchObject({
      phase: 'ended',
      outcome: { kind: 'failed', failure: { code: 'qr_expired' } },
    });
  });

  it('a session fails without a retry when the socket closes during the last QR code', () => {
    const due: SessionEvent = { type: 'due', timer: 'code' };
    const lost: SessionEvent = { type: 'closed', attempt: 1, end: { kind: 'network', problem: 'lost' } };
    expect(play(...toCode, due, due, lost).state).toMatchObject({
      phase: 'ended',
      outcome: { kind: 'failed', failure: { code: 'qr_expired' } },
    });
    expect(play(...toCode, due, lost).state).toMatchObject({ phase: 'waiting' });
  });

  it('a redrawn reference is shown as the next sequence with the same expiry', () => {
    const redrawn: SessionEvent = { type: 'codesRedrawn', attempt: 1, values: ['A', 'B', 'C'] };
    const { effects } = play(...toCode, { type: 'due', timer: 'code' }, redrawn);
    expect(effects.at(-1)).toEqual({
      do: 'showCode',
      step: 'qr',
      value: 'B',
      sequence: 3,
      of: 3,
      lifeMs: null,
    });
  });

  it('the sequence never decreases when a new socket brings new references', () => {
    const lost: SessionEvent = { type: 'closed', attempt: 1, end: { kind: 'network', problem: 'lost' } };
    const again: SessionEvent[] = [
      { type: 'due', timer: 'retry' },
      { type: 'codes', attempt: 2, step: 'qr', values: ['x', 'y'] },
    ];
    const { effects } = play(...toCode, lost, ...again);
    const shown = effects.filter((effect) => effect.do === 'showCode');
    expect(shown.map(({ sequence, of }) => [sequence, of])).toEqual([
      [1, 3],
      [2, 2],
    ]);
  });

  it('a session deletes credentials that WhatsApp refuses permanently and continues with a new code', () => {
    const { state, effects } = play(
      { type: 'pair', link: 'confirmed', request: BY_QR },
      { type: 'closed', attempt: 1, end: refused401 },
    );
    expect(state).toMatchObject({ phase: 'connecting', attempt: 2, link: 'new' });
    expect(effects.map((effect) => effect.do)).toEqual([
      'schedule',
      'hideCode',
      'schedule',
      'open',
      'destroy',
      'erase',
      'hideCode',
      'schedule',
      'open',
    ]);
  });

  it.each([402, 403, 406, 411, 440])(
    'a session keeps the credentials and parks the account after %i',
    (code) => {
      const { state, effects } = play(
        { type: 'pair', link: 'confirmed', request: BY_QR },
        { type: 'closed', attempt: 1, end: { kind: 'whatsapp', code, detail: null } },
      );
      expect(state).toMatchObject({ phase: 'ended', outcome: { kind: 'failed', parked: true } });
      expect(does(effects, 'erase')).toBe(0);
    },
  );

  it('a session retries a few times within its time limit and then fails with the reason', () => {
    const lost = (attempt: number): SessionEvent => ({ type: 'closed', attempt, end: { kind: 'silent' } });
    const retry: SessionEvent = { type: 'due', timer: 'retry' };
    const { state, effects } = play(
      { type: 'pair', link: 'new', request: BY_QR },
      ...[lost(1), retry, lost(2), retry, lost(3), retry, lost(4)],
    );
    expect(does(effects, 'open')).toBe(4);
    expect(state).toMatchObject({
      phase: 'ended',
      outcome: { kind: 'failed', failure: { code: 'timed_out' } },
    });
  });

  it('a stop destroys the socket of an unaccepted attempt and lets the reply of an accepted one leave', () => {
    expect(play(...toCode, { type: 'stop' }).effects.at(-3)).toEqual({ do: 'destroy' });
    expect(play(...toAccepted, { type: 'stop' }).effects.at(-3)).toEqual({ do: 'close' });
  });

  it('a replaced session keeps its pairing slot for the next session', () => {
    const { state, effects } = play(...toCode, { type: 'replace' });
    expect(state.phase).toBe('ended');
    expect(does(effects, 'releasePairingSlot')).toBe(0);
  });

  it('a stop does not change an open connection', () => {
    const open: SessionEvent[] = [...toLogin, { type: 'opened', attempt: 2, phone: '4915' }];
    expect(play(...open, { type: 'stop' }).state.phase).toBe('open');
  });

  it('an open session logs out before it deletes', () => {
    const open: SessionEvent[] = [
      ...toLogin,
      { type: 'opened', attempt: 2, phone: '4915' },
      { type: 'disconnect' },
    ];
    expect(play(...open).effects.at(-1)).toEqual({ do: 'logout' });
    const done = play(...open, { type: 'loggedOut', attempt: 2, confirmed: true });
    expect(done.effects.slice(-4).map((effect) => effect.do)).toEqual([
      'close',
      'releasePairingSlot',
      'erase',
      'finish',
    ]);
  });

  it('a disconnect connects to log out an accepted device, and deletes it after the time limit as well', () => {
    const { state, effects } = play(...toAccepted, { type: 'disconnect' });
    expect(state).toEqual({ phase: 'unlinking', attempt: 2, ready: false });
    expect(effects.at(-1)).toEqual({ do: 'open', attempt: 2, link: 'confirmed' });
    const late = play(...toAccepted, { type: 'disconnect' }, { type: 'due', timer: 'logout' });
    expect(late.effects.slice(-4).map((effect) => effect.do)).toEqual([
      'destroy',
      'releasePairingSlot',
      'erase',
      'finish',
    ]);
  });

  it.each<[boolean, string, SessionEvent]>([
    [false, 'WhatsApp does not answer in time', { type: 'due', timer: 'logout' }],
    [false, 'WhatsApp is unreachable', { type: 'closed', attempt: 2, end: { kind: 'silent' } }],
    [true, 'WhatsApp does not know the device', { type: 'closed', attempt: 2, end: refused401 }],
  ])('a disconnect reports confirmed = %s when %s', (confirmed, _why, event) => {
    const { state, effects } = play(...toAccepted, { type: 'disconnect' }, event);
    expect(state).toMatchObject({ phase: 'ended', outcome: { kind: 'disconnected', confirmed } });
    expect(effects).toContainEqual({ do: 'erase', record: confirmed ? null : { kind: 'logoutUnconfirmed' } });
  });

  it('a session drops every event of an attempt that is no longer current', () => {
    const before = play(...toLogin).state;
    const late: SessionEvent[] = [
      { type: 'codes', attempt: 1, step: 'qr', values: CODES },
      { type: 'acceptRequested', attempt: 1, phone: '4915' },
      { type: 'opened', attempt: 1, phone: '1' },
      { type: 'closed', attempt: 1, end: refused401 },
    ];
    for (const event of late)
      expect(transition(before, event, DEFAULT_TIMINGS)).toEqual({ state: before, effects: [] });
  });
});
