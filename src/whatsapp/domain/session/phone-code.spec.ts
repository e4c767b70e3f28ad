import { describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from './connection-end.js';
import { BY_QR, type PairingRequest } from '../pairing.js';
import { phoneNumber } from '../phone-number.js';
import type { Effect, SessionEvent, SessionState } from './session-state.js';
import { DEFAULT_TIMINGS } from './session-timings.js';
import { NEW_SESSION, transition } from './transition.js';

const PHONE = phoneNumber('4915112345678');
const BY_CODE: PairingRequest = { by: 'code', expected: PHONE };
const LOST: ConnectionEnd = { kind: 'network', problem: 'lost' };
const pair = (request: PairingRequest): SessionEvent => ({ type: 'pair', link: 'new', request });
const code = (attempt: number, value: string): SessionEvent => ({
  type: 'codes',
  attempt,
  step: 'code',
  values: [value],
});
const accepted = (attempt: number, phone: string): SessionEvent => ({
  type: 'acceptRequested',
  attempt,
  phone,
});

function play(...events: SessionEvent[]): { state: SessionState; effects: readonly Effect[] } {
  let state: SessionState = NEW_SESSION;
  const effects: Effect[] = [];
  for (const event of events) {
    const step = transition(state, event, DEFAULT_TIMINGS);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const shown = (effects: readonly Effect[]) => effects.filter((effect) => effect.do === 'showCode');
const opened = (effects: readonly Effect[]) => effects.filter((effect) => effect.do === 'open');
const failure = (state: SessionState) =>
  state.phase === 'ended' && state.outcome.kind === 'failed' ? state.outcome.failure : null;

describe('transition of a pairing by phone code', () => {
  it('the session requests a code for the number and shows it for its lifetime', () => {
    const { state, effects } = play(pair(BY_CODE), code(1, 'ABCD-EFGH'));
    expect(opened(effects)).toEqual([{ do: 'open', attempt: 1, link: 'new', phoneNumber: PHONE }]);
    expect(shown(effects)).toEqual([
      { do: 'showCode', step: 'code', value: 'ABCD-EFGH', sequence: 1, of: 1, lifeMs: 155_000 },
    ]);
    expect(state).toMatchObject({ phase: 'showingCode', step: 'code' });
  });

  it('the pairing fails when the code expires', () => {
    const { state } = play(pair(BY_CODE), code(1, 'ABCD-EFGH'), { type: 'due', timer: 'code' });
    expect(failure(state)).toMatchObject({ code: 'code_expired', userAction: 'pair_again' });
  });

  it('a replaced code on the same socket keeps the expiry of the first one', () => {
    const { effects } = play(pair(BY_CODE), code(1, 'ABCD-EFGH'), code(1, 'JKLM-NPQR'));
    expect(shown(effects).map(({ value, sequence, lifeMs }) => [value, sequence, lifeMs])).toEqual([
      ['ABCD-EFGH', 1, 155_000],
      ['JKLM-NPQR', 2, null],
    ]);
  });

  it('the session requests another code for the same number when its socket is lost', () => {
    const { effects } = play(
      pair(BY_CODE),
      code(1, 'ABCD-EFGH'),
      { type: 'closed', attempt: 1, end: LOST },
      { type: 'due', timer: 'retry' },
      code(2, 'JKLM-NPQR'),
    );
    expect(opened(effects).map(({ phoneNumber }) => phoneNumber)).toEqual([PHONE, PHONE]);
    expect(shown(effects).map(({ sequence, lifeMs }) => [sequence, lifeMs])).toEqual([
      [1, 155_000],
      [2, 155_000],
    ]);
  });

  it('the session continues with a code when WhatsApp refuses the stored credentials', () => {
    const refused: ConnectionEnd = { kind: 'whatsapp', code: 401, detail: null };
    const { effects } = play(
      { type: 'pair', link: 'confirmed', request: BY_CODE },
      { type: 'closed', attempt: 1, end: refused },
    );
    expect(opened(effects)).toEqual([
      { do: 'open', attempt: 1, link: 'confirmed' },
      { do: 'open', attempt: 2, link: 'new', phoneNumber: PHONE },
    ]);
  });

  it.each<[string, ConnectionEnd, string, string]>([
    ['a refusal', { kind: 'code_refused', code: 400, detail: 'bad-request' }, 'code_refused', 'check_number'],
    [
      'too many codes',
      { kind: 'code_refused', code: 429, detail: 'rate-overlimit' },
      'code_refused',
      'retry_later',
    ],
    [
      'a code request from another device',
      { kind: 'code_refused', code: 409, detail: 'replaced' },
      'code_refused',
      'pair_again',
    ],
    ['a passkey', { kind: 'passkey_required' }, 'passkey_required', 'use_another_account'],
  ])('the pairing fails at once after %s', (_, end, failureCode, userAction) => {
    const { state } = play(pair(BY_CODE), { type: 'closed', attempt: 1, end });
    expect(failure(state)).toMatchObject({ code: failureCode, userAction });
  });

  it('the failure quotes the reason of a refusal only when it is a plain word', () => {
    const said = (detail: string | null): string =>
      failure(
        play(pair(BY_CODE), { type: 'closed', attempt: 1, end: { kind: 'code_refused', code: 400, detail } })
          .state,
      )?.message ?? '';
    expect(said('bad-request')).toContain('(bad-request, 400)');
    expect(said('<script>')).toContain('(400)');
    expect(said(null)).toContain('(400)');
  });

  it('the session retries after a server error of WhatsApp', () => {
    const end: ConnectionEnd = { kind: 'code_refused', code: 503, detail: 'service-unavailable' };
    expect(play(pair(BY_CODE), { type: 'closed', attempt: 1, end }).state).toMatchObject({
      phase: 'waiting',
    });
  });
});

describe('transition of a pairing with an expected number', () => {
  it.each<[string, PairingRequest, SessionEvent]>([
    [
      'by QR code',
      { by: 'qr', expected: PHONE },
      { type: 'codes', attempt: 1, step: 'qr', values: ['a', 'b'] },
    ],
    ['by phone code', BY_CODE, code(1, 'ABCD-EFGH')],
  ])('a device with another number is rejected before anything is stored (%s)', (_, request, codes) => {
    const { state, effects } = play(pair(request), codes, accepted(1, '4915100000000'));
    expect(failure(state)).toMatchObject({ code: 'wrong_number', userAction: 'scan_again' });
    const does = effects.map((effect) => effect.do);
    expect(does).not.toContain('storeAccepted');
    expect(does.slice(does.indexOf('rejectDevice'))).toEqual([
      'rejectDevice',
      'close',
      'releasePairingSlot',
      'finish',
    ]);
  });

  it.each([BY_QR, { by: 'qr', expected: PHONE } as const])(
    'a device is stored when its number is allowed by %j',
    (request) => {
      const { effects } = play(
        pair(request),
        { type: 'codes', attempt: 1, step: 'qr', values: ['a'] },
        accepted(1, PHONE),
      );
      expect(effects.at(-1)).toEqual({ do: 'storeAccepted' });
    },
  );
});
