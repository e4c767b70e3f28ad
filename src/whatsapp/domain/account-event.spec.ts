import { describe, expect, it } from '@jest/globals';
import { changeFor } from './account-event.js';
import { BY_QR } from './pairing.js';
import type { Failure } from './failure.js';
import type { Outage, SessionState } from './session/session-state.js';

const LOST: Failure = { code: 'connection_lost', message: 'Lost.', userAction: 'retry_later' };
const DISK: Failure = { code: 'storage_failed', message: 'No disk.', userAction: 'contact_operator' };
const outage = (reason: Failure | null, isError = false): Outage => ({
  link: 'confirmed',
  reason,
  isError,
  tries: 1,
  refreshed: false,
});
const started: SessionState = { phase: 'new', attempt: 0 };
const open: SessionState = { phase: 'open', attempt: 1, phone: '4915', tries: 0 };
const down = (reason: Failure | null, isError = false, attempt = 1): SessionState => ({
  phase: 'down',
  attempt,
  outage: outage(reason, isError),
  awaits: 'timer',
});
const restoring = (reason: Failure | null, isError = false): SessionState => ({
  phase: 'restoring',
  attempt: 2,
  outage: outage(reason, isError),
});
const connecting = (link: 'new' | 'confirmed', attempt: number): SessionState => ({
  phase: 'connecting',
  attempt,
  link,
  request: BY_QR,
  tries: 0,
  sequence: 0,
  refreshed: false,
});

describe('changeFor', () => {
  it.each<[string, SessionState, SessionState, ReturnType<typeof changeFor>]>([
    ['a new pairing', started, connecting('new', 1), { type: 'pairing', reason: null }],
    ['a connection', restoring(LOST), { ...open, attempt: 2 }, { type: 'connected', reason: null }],
    ['a lost connection', open, down(LOST), { type: 'down', reason: LOST }],
    ['a reconnect at the start', started, down(null), null],
    ['a failed first login', restoring(null), down(LOST, false, 2), { type: 'down', reason: LOST }],
    ['another failed attempt', restoring(LOST), down(LOST, false, 2), null],
    ['another reason of the outage', restoring(LOST), down(DISK, true, 2), { type: 'failed', reason: DISK }],
    [
      'a restart of the stream',
      open,
      { phase: 'queued', attempt: 1, outage: outage(LOST) },
      { type: 'down', reason: LOST },
    ],
    ['the end of a pause', down(LOST), { phase: 'queued', attempt: 1, outage: outage(LOST) }, null],
    ['a further socket of a pairing', connecting('new', 1), connecting('new', 2), null],
  ])('the event of a state change is correct for %s', (_what, before, after, expected) => {
    expect(changeFor(before, after)).toEqual(expected);
  });

  it('a pairing that finds its link removed on the phone emits unlinked', () => {
    expect(changeFor(connecting('confirmed', 1), connecting('new', 2))).toMatchObject({
      type: 'unlinked',
      reason: { code: 'unlinked_by_phone' },
    });
  });
});
