import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectionEnd } from './connection-end.js';
import type { Failure } from '../failure.js';
import { BY_QR, STEP_TYPES } from '../pairing.js';
import type { PhoneNumber } from '../phone-number.js';
import type { Effect, SessionEvent, SessionState } from './session-state.js';
import { DEFAULT_TIMINGS } from './session-timings.js';
import { NEW_SESSION, transition } from './transition.js';

const restart: ConnectionEnd = { kind: 'whatsapp', code: 515, detail: null };
const refused401: ConnectionEnd = { kind: 'whatsapp', code: 401, detail: null };
const CODES = ['a', 'b', 'c'];
const FAILURE: Failure = { code: 'session_start_failed', message: 'No.', userAction: 'contact_operator' };

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

const PHONE = '4915' as PhoneNumber;

const anyEnd = fc.constantFrom<ConnectionEnd>(
  restart,
  refused401,
  { kind: 'whatsapp', code: 440, detail: null },
  { kind: 'whatsapp', code: 503, detail: null },
  { kind: 'whatsapp', code: 405, detail: null },
  { kind: 'whatsapp', code: 402, detail: null, expiresInMs: 60_000 },
  { kind: 'silent' },
  { kind: 'storage_failed' },
  { kind: 'server_untrusted' },
  { kind: 'passkey_required' },
  { kind: 'code_refused', code: 400, detail: 'bad-request' },
  { kind: 'network', problem: 'refused' },
);
const attempt = fc.integer({ min: 1, max: 4 });
const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.record({
    type: fc.constant('codes' as const),
    attempt,
    step: fc.constantFrom(...STEP_TYPES),
    values: fc.constant(CODES),
  }),
  fc.record({ type: fc.constant('codesRedrawn' as const), attempt, values: fc.constant(CODES) }),
  fc.record({
    type: fc.constant('acceptRequested' as const),
    attempt,
    phone: fc.constantFrom('4915', '4916'),
  }),
  fc.record({ type: fc.constant('stored' as const), attempt }),
  fc.record({ type: fc.constant('opened' as const), attempt, phone: fc.constant('4915') }),
  fc.record({ type: fc.constant('closed' as const), attempt, end: anyEnd }),
  fc.record({ type: fc.constant('loggedOut' as const), attempt, confirmed: fc.boolean() }),
  fc.record({ type: fc.constant('loginSlot' as const), attempt: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ type: fc.constant('versionRefreshed' as const), attempt, newer: fc.boolean() }),
  fc.record({ type: fc.constant('startFailed' as const), attempt, failure: fc.constant(FAILURE) }),
  fc.record({
    type: fc.constant('due' as const),
    timer: fc.constantFrom(
      'attempt' as const,
      'code' as const,
      'retry' as const,
      'session' as const,
      'logout' as const,
      'held' as const,
    ),
  }),
  fc.constantFrom<SessionEvent>(
    { type: 'stop' },
    { type: 'replace' },
    { type: 'disconnect' },
    { type: 'shutdown' },
    { type: 'leaseLost' },
  ),
);
const anyFirst = fc.constantFrom<SessionEvent>(
  { type: 'pair', link: 'new', request: BY_QR },
  { type: 'pair', link: 'new', request: { by: 'qr', expected: PHONE } },
  { type: 'pair', link: 'new', request: { by: 'code', expected: PHONE } },
  { type: 'pair', link: 'unconfirmed', request: { by: 'code', expected: PHONE } },
  { type: 'pair', link: 'confirmed', request: BY_QR },
  { type: 'restore', link: 'confirmed', reason: null, waitMs: null },
  { type: 'restore', link: 'unconfirmed', reason: FAILURE, waitMs: 1_000 },
  { type: 'disconnect' },
);
const anyHistory = fc
  .tuple(anyFirst, fc.array(anyEvent, { maxLength: 30 }))
  .map(([first, events]): SessionEvent[] => [first, ...events]);

function isWhatsappsNo(end: ConnectionEnd): boolean {
  if (end.kind === 'whatsapp') return end.code < 500;
  return end.kind === 'passkey_required' || end.kind === 'code_refused';
}

describe('transition with random histories of events', () => {
  it('every socket is closed before the next one opens', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        let sockets = 0;
        for (const effect of play(...events).effects) {
          if (effect.do === 'open') sockets += 1;
          if (effect.do === 'destroy' || effect.do === 'close') sockets = 0;
          expect(sockets).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('a session finishes once and has no effects after that', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const { state, effects } = play(...events);
        expect(does(effects, 'finish')).toBe(state.phase === 'ended' ? 1 : 0);
        if (state.phase === 'ended') expect(effects.at(-1)).toEqual({ do: 'finish' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('the sequence of the codes never decreases', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const shown = play(...events).effects.filter((effect) => effect.do === 'showCode');
        const sequences = shown.map(({ sequence }) => sequence);
        expect(sequences).toEqual(sequences.map((_, index) => index + 1));
      }),
      { numRuns: 2_000 },
    );
  });

  it('credentials are stored at most once for each socket that registers a device', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const { effects } = play(...events);
        const opened = effects.filter((effect) => effect.do === 'open' && effect.link === 'new').length;
        expect(does(effects, 'storeAccepted')).toBeLessThanOrEqual(opened);
      }),
      { numRuns: 2_000 },
    );
  });

  it('every phase waits for a timer, a login slot, an answer or a socket', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        let state: SessionState = NEW_SESSION;
        const waits = new Set<string>();
        for (const event of events) {
          const step = transition(state, event, DEFAULT_TIMINGS);
          // The rule of Session: a change of phase or attempt cancels its timers.
          if (step.state.phase !== state.phase || step.state.attempt !== state.attempt) waits.clear();
          if (event.type === 'due') waits.delete(event.timer);
          for (const effect of step.effects) {
            if (effect.do === 'schedule') waits.add(effect.timer);
            if (effect.do === 'scheduleReconnect') waits.add('retry');
            if (effect.do === 'waitForLoginSlot' || effect.do === 'refreshVersion') waits.add(effect.do);
          }
          ({ state } = step);
          if (state.phase === 'waiting' || state.phase === 'down') {
            expect([...waits]).toContain(state.awaits === 'timer' ? 'retry' : 'refreshVersion');
          }
          if (state.phase === 'queued') expect([...waits]).toContain('waitForLoginSlot');
          if (state.phase === 'connecting' || state.phase === 'restoring') {
            if (event.type !== 'due') expect([...waits]).toContain('attempt');
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('a link reconnects until WhatsApp, a client or the service ends it', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const link: SessionEvent = { type: 'restore', link: 'confirmed', reason: null, waitMs: null };
        const harmless = events.filter(
          (event) =>
            event.type !== 'replace' &&
            event.type !== 'disconnect' &&
            event.type !== 'shutdown' &&
            event.type !== 'leaseLost' &&
            !(event.type === 'closed' && isWhatsappsNo(event.end)) &&
            !(event.type === 'versionRefreshed' && !event.newer),
        );
        const { state } = play(link, ...harmless);
        expect(['down', 'queued', 'restoring', 'open']).toContain(state.phase);
      }),
      { numRuns: 2_000 },
    );
  });
});
