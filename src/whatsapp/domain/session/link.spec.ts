import { describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from './connection-end.js';
import type { Failure } from '../failure.js';
import { BY_QR } from '../pairing.js';
import type { Effect, SessionEvent, SessionState } from './session-state.js';
import { DEFAULT_TIMINGS } from './session-timings.js';
import { NEW_SESSION, transition } from './transition.js';

const lost: ConnectionEnd = { kind: 'network', problem: 'lost' };
const said = (code: number, expiresInMs?: number): ConnectionEnd => ({
  kind: 'whatsapp',
  code,
  detail: null,
  ...(expiresInMs === undefined ? {} : { expiresInMs }),
});
const BANNED: Failure = { code: 'temporarily_banned', message: 'Banned.', userAction: 'retry_later' };

/** Applies events to a session. Each event gets the number of the current attempt. */
class Play {
  state: SessionState = NEW_SESSION;
  effects: readonly Effect[] = [];

  send(
    ...events: (SessionEvent extends infer E ? (E extends unknown ? Omit<E, 'attempt'> : never) : never)[]
  ): this {
    for (const event of events) {
      const current = { attempt: this.state.attempt, ...event } as SessionEvent;
      const step = transition(this.state, current, DEFAULT_TIMINGS);
      this.state = step.state;
      this.effects = step.effects;
    }
    return this;
  }

  open(): this {
    return this.send(
      { type: 'due', timer: 'retry' },
      { type: 'loginSlot' },
      { type: 'opened', phone: '4915' },
    );
  }

  get does(): string[] {
    return this.effects.map((effect) => effect.do);
  }
}

const restored = (link: 'confirmed' | 'unconfirmed' = 'confirmed'): Play =>
  new Play().send({ type: 'restore', link, reason: null, waitMs: null });

describe('transition of a link', () => {
  it('a link reconnects when the service starts: after a pause, with a login slot', () => {
    const play = restored();
    expect(play.effects).toEqual([{ do: 'scheduleReconnect', ceilingMs: 1_000 }]);
    play.send({ type: 'due', timer: 'retry' });
    expect(play.effects).toEqual([{ do: 'waitForLoginSlot' }]);
    play.send({ type: 'loginSlot' });
    expect(play.effects).toEqual([
      { do: 'schedule', timer: 'attempt', afterMs: 30_000 },
      { do: 'open', attempt: 1, link: 'confirmed' },
    ]);
    play.send({ type: 'opened', phone: '4915' });
    expect(play.state).toEqual({ phase: 'open', attempt: 1, phone: '4915', tries: 0 });
    expect(play.effects).toContainEqual({ do: 'recordConnected', phone: '4915' });
  });

  it('a link retries after increasing pauses of up to five minutes, without an end', () => {
    const play = restored();
    const ceilings: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      play.send({ type: 'due', timer: 'retry' }, { type: 'loginSlot' }, { type: 'closed', end: lost });
      for (const effect of play.effects)
        if (effect.do === 'scheduleReconnect') ceilings.push(effect.ceilingMs);
    }
    expect(ceilings).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000,
    ]);
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: false } });
  });

  it('a link begins with the shortest pause again only after its connection was open for a minute', () => {
    const play = restored().open().send({ type: 'closed', end: lost }).open();
    play.send({ type: 'closed', end: lost });
    expect(play.effects.at(-1)).toEqual({ do: 'scheduleReconnect', ceilingMs: 2_000 });
    play.open();
    expect(play.effects.at(-1)).toEqual({ do: 'schedule', timer: 'held', afterMs: 60_000 });
    play.send({ type: 'due', timer: 'held' }, { type: 'closed', end: lost });
    expect(play.effects.at(-1)).toEqual({ do: 'scheduleReconnect', ceilingMs: 1_000 });
  });

  it('a link follows a server restart at once, but not a server that keeps restarting', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(515) });
    expect(play.does).toEqual(['destroy', 'waitForLoginSlot']);
    play.send({ type: 'loginSlot' }, { type: 'opened', phone: '4915' }, { type: 'closed', end: said(515) });
    expect(play.does).toEqual(['destroy', 'scheduleReconnect']);
  });

  it.each([
    ['while it is open', () => restored().open()],
    ['during its login', () => restored().send({ type: 'due', timer: 'retry' }, { type: 'loginSlot' })],
  ])('a link that was removed on the phone is deleted and reported as unlinked: %s', (_when, start) => {
    const play = start().send({ type: 'closed', end: said(401) });
    expect(play.state).toMatchObject({
      phase: 'ended',
      outcome: { kind: 'unlinked', failure: { code: 'unlinked_by_phone', userAction: 'scan_again' } },
    });
    expect(play.does).toEqual(['destroy', 'releasePairingSlot', 'erase', 'finish']);
    expect(play.effects).toContainEqual({
      do: 'erase',
      record: { kind: 'unlinked', failure: expect.objectContaining({ code: 'unlinked_by_phone' }) },
    });
  });

  it('a link that WhatsApp never confirmed is deleted without an event', () => {
    const play = restored('unconfirmed').send(
      { type: 'due', timer: 'retry' },
      { type: 'loginSlot' },
      { type: 'closed', end: said(401) },
    );
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { kind: 'idle' } });
    expect(play.effects).toContainEqual({ do: 'erase', record: null });
  });

  it.each([403, 406, 411, 440, 402])('a link stays down after WhatsApp refused it with %i', (code) => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(code) });
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { kind: 'failed', parked: true } });
    expect(play.does).not.toContain('erase');
  });

  it('a link waits in error for the end of a temporary ban, and the ban is stored', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(402, 3_600_000) });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true } });
    expect(play.effects).toContainEqual(
      expect.objectContaining({ do: 'recordFailure', parkedForMs: 3_600_000 }),
    );
    expect(play.effects.at(-1)).toEqual({ do: 'schedule', timer: 'retry', afterMs: 3_600_000 });
  });

  it('a link continues to wait for the end of a ban after a restart of the service', () => {
    const play = new Play().send({ type: 'restore', link: 'confirmed', reason: BANNED, waitMs: 5_000 });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true, reason: BANNED } });
    expect(play.effects).toEqual([{ do: 'schedule', timer: 'retry', afterMs: 5_000 }]);
  });

  it('a link looks for a newer version once when WhatsApp refuses this one as outdated', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(405) });
    expect(play.does).toEqual(['destroy', 'refreshVersion']);
    play.send({ type: 'versionRefreshed', newer: true });
    expect(play.does).toEqual(['waitForLoginSlot']);
    play.send({ type: 'loginSlot' }, { type: 'closed', end: said(405) });
    expect(play.state).toMatchObject({
      phase: 'ended',
      outcome: { kind: 'failed', failure: { code: 'client_outdated' }, parked: false },
    });
  });

  it('a link is in error when no newer version is available', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(405) }, { type: 'versionRefreshed', newer: false });
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { failure: { code: 'client_outdated' } } });
  });

  it.each<[ConnectionEnd, string]>([
    [{ kind: 'storage_failed' }, 'storage_failed'],
    [{ kind: 'server_untrusted' }, 'server_untrusted'],
  ])('a link is in error and reconnects when the problem is solved: %j', (end, code) => {
    const play = restored().open().send({ type: 'closed', end });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true, reason: { code } } });
    expect(play.does).toEqual(['destroy', 'recordFailure', 'scheduleReconnect']);
    play.send({ type: 'due', timer: 'retry' }, { type: 'loginSlot' }, { type: 'closed', end });
    expect(play.does).toEqual(['destroy', 'scheduleReconnect']);
    expect(play.open().state.phase).toBe('open');
  });

  it('a pairing of a linked account gives up after a few attempts, and the link keeps reconnecting in error', () => {
    const play = new Play().send({ type: 'pair', link: 'confirmed', request: BY_QR });
    for (let time = 0; time < 3; time += 1) {
      play.send({ type: 'closed', end: lost }, { type: 'due', timer: 'retry' });
    }
    play.send({ type: 'closed', end: lost });
    expect(play.state).toMatchObject({
      phase: 'down',
      outage: { isError: true, reason: { code: 'connection_lost' } },
    });
    expect(play.does).toEqual([
      'hideCode',
      'releasePairingSlot',
      'destroy',
      'recordFailure',
      'scheduleReconnect',
    ]);
    expect(play.send({ type: 'stop' }).state).toMatchObject({ phase: 'down', outage: { isError: false } });
  });

  it('a link that is down opens a connection for its logout, and a link during its login uses that login', () => {
    const down = restored().open().send({ type: 'closed', end: lost }, { type: 'disconnect' });
    expect(down.state).toEqual({ phase: 'unlinking', attempt: 2, ready: false });
    expect(down.effects.at(-1)).toEqual({ do: 'open', attempt: 2, link: 'confirmed' });
    const restoring = restored().send(
      { type: 'due', timer: 'retry' },
      { type: 'loginSlot' },
      { type: 'disconnect' },
    );
    expect(restoring.does).toEqual(['releasePairingSlot', 'schedule']);
    expect(restoring.send({ type: 'opened', phone: '4915' }).does).toEqual(['logout']);
  });
});
