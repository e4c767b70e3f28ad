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

describe('a link', () => {
  it('comes back at the start of the service: after a moment, in its turn, and says so', () => {
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

  it('is tried again after longer and longer pauses, up to five minutes, without end', () => {
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

  it('begins with the shortest pause again only when the connection has held for a minute', () => {
    const play = restored().open().send({ type: 'closed', end: lost }).open();
    play.send({ type: 'closed', end: lost });
    expect(play.effects.at(-1)).toEqual({ do: 'scheduleReconnect', ceilingMs: 2_000 });
    play.open();
    expect(play.effects.at(-1)).toEqual({ do: 'schedule', timer: 'held', afterMs: 60_000 });
    play.send({ type: 'due', timer: 'held' }, { type: 'closed', end: lost });
    expect(play.effects.at(-1)).toEqual({ do: 'scheduleReconnect', ceilingMs: 1_000 });
  });

  it('follows a restart of the server at once, but not a server that does nothing but restart', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(515) });
    expect(play.does).toEqual(['destroy', 'waitForLoginSlot']);
    play.send({ type: 'loginSlot' }, { type: 'opened', phone: '4915' }, { type: 'closed', end: said(515) });
    expect(play.does).toEqual(['destroy', 'scheduleReconnect']);
  });

  it.each([
    ['while it is open', () => restored().open()],
    ['at the login', () => restored().send({ type: 'due', timer: 'retry' }, { type: 'loginSlot' })],
  ])('that was removed on the phone is deleted, and says so: %s', (_when, start) => {
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

  it('that WhatsApp never heard of is cleared without a word', () => {
    const play = restored('unconfirmed').send(
      { type: 'due', timer: 'retry' },
      { type: 'loginSlot' },
      { type: 'closed', end: said(401) },
    );
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { kind: 'idle' } });
    expect(play.effects).toContainEqual({ do: 'erase', record: null });
  });

  it.each([403, 406, 411, 440, 402])('stays down until somebody acts after %i', (code) => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(code) });
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { kind: 'failed', parked: true } });
    expect(play.does).not.toContain('erase');
  });

  it('waits for the end of a ban that WhatsApp has told, in error, and remembers it', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(402, 3_600_000) });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true } });
    expect(play.effects).toContainEqual(
      expect.objectContaining({ do: 'recordFailure', parkedForMs: 3_600_000 }),
    );
    expect(play.effects.at(-1)).toEqual({ do: 'schedule', timer: 'retry', afterMs: 3_600_000 });
  });

  it('goes on waiting for the end of a ban after a start of the service', () => {
    const play = new Play().send({ type: 'restore', link: 'confirmed', reason: BANNED, waitMs: 5_000 });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true, reason: BANNED } });
    expect(play.effects).toEqual([{ do: 'schedule', timer: 'retry', afterMs: 5_000 }]);
  });

  it('asks for a newer version once when WhatsApp calls this one outdated', () => {
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

  it('is in error when there is no newer version', () => {
    const play = restored()
      .open()
      .send({ type: 'closed', end: said(405) }, { type: 'versionRefreshed', newer: false });
    expect(play.state).toMatchObject({ phase: 'ended', outcome: { failure: { code: 'client_outdated' } } });
  });

  it.each<[ConnectionEnd, string]>([
    [{ kind: 'storage_failed' }, 'storage_failed'],
    [{ kind: 'server_untrusted' }, 'server_untrusted'],
  ])('says what is wrong and comes back when it is cured: %j', (end, code) => {
    const play = restored().open().send({ type: 'closed', end });
    expect(play.state).toMatchObject({ phase: 'down', outage: { isError: true, reason: { code } } });
    expect(play.does).toEqual(['destroy', 'recordFailure', 'scheduleReconnect']);
    play.send({ type: 'due', timer: 'retry' }, { type: 'loginSlot' }, { type: 'closed', end });
    expect(play.does).toEqual(['destroy', 'scheduleReconnect']);
    expect(play.open().state.phase).toBe('open');
  });

  it('is tried by a pairing for a while, and then goes on by itself with what went wrong', () => {
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

  it('is logged out through a connection of its own while it is down, and through its login while that is under way', () => {
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
