import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CLOSED_WITHIN_MS, SimulatedWhatsapp } from '../simulated-whatsapp.js';
import { timeLimitSince } from '../../../support/time/time-limit.js';

describe('BaileysGateway, closing an attempt', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start();
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
  });

  it.each(['tcp', 'upgrade', 'server_hello', 'client_finish', 'pair_device'] as const)(
    'an attempt that is destroyed at %s closes its TCP connection and sends no event',
    async (stage) => {
      const { gateway, control } = whatsapp;
      await control.addFault({ stage, action: { type: 'hold' } });
      await gateway.open(attempt);
      expect(await control.holds({ stage }, 5_000)).toHaveLength(1);
      await gateway.do({ name: 'destroy', attempt });
      await gateway.do({ name: 'waitUntilClosed', attempt });
      await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
      expect(gateway.events(attempt)).toEqual([]);
    },
  );

  it('close() ends a connection with the closing handshake', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await gateway.do({ name: 'close', attempt: attempt + 1 });
    await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
    expect(gateway.events(attempt + 1).map(({ type }) => type)).toEqual(['opened']);
  });

  it('close() ends within 2 s when the server no longer answers', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.act({ type: 'freeze' });
    const before = performance.now();
    await gateway.do({ name: 'close', attempt: attempt + 1 });
    expect(performance.now() - before).toBeLessThan(timeLimitSince(before, CLOSED_WITHIN_MS));
    expect(gateway.events(attempt + 1).map(({ type }) => type)).toEqual(['opened']);
  });

  it('an attempt ends within 2 s when Baileys ends it and the server no longer answers', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.act({ type: 'freeze' });
    const before = performance.now();
    await gateway.do({ name: 'host', act: 'end' });
    await gateway.closed(attempt + 1);
    await gateway.do({ name: 'waitUntilClosed', attempt: attempt + 1 });
    expect(performance.now() - before).toBeLessThan(timeLimitSince(before, 2_000));
  });

  it('an attempt may be closed and destroyed repeatedly', async () => {
    const { gateway } = whatsapp;
    await gateway.open(attempt);
    await gateway.event(attempt, 'codes');
    for (const name of ['destroy', 'close', 'destroy', 'close', 'waitUntilClosed'] as const)
      await gateway.do({ name, attempt });
    expect(gateway.isRunning).toBe(true);
  });

  it('a destroyed attempt writes nothing, not even the pre-keys of a running upload', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await gateway.do({ name: 'close', attempt: attempt + 1 });
    await control.addFault({ stage: 'prekey_count', action: { type: 'hold' } });
    await gateway.open(attempt + 2, { stored: true });
    await control.holds({ stage: 'prekey_count' }, 5_000);
    const before = await gateway.do({ name: 'stored' });
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
    await control.release();
    await gateway.do({ name: 'waitUntilClosed', attempt: attempt + 2 });
    expect(await gateway.do({ name: 'stored' })).toEqual(before);
  });

  it.each(['writes', 'reads'] as const)(
    'an attempt ends with storage_failed when the store fails its %s',
    async (failing) => {
      const { gateway } = whatsapp;
      await whatsapp.link(attempt);
      await gateway.do({ name: 'close', attempt: attempt + 1 });
      await gateway.do({ name: 'failStore', failing });
      await gateway.open(attempt + 2, { stored: true });
      expect(await gateway.closed(attempt + 2)).toEqual({ kind: 'storage_failed' });
      await gateway.do({ name: 'failStore', failing: 'nothing' });
      expect(gateway.isRunning).toBe(true);
    },
  );

  it('an attempt is replaced (440) when the same device logs in again', async () => {
    const { gateway } = whatsapp;
    await whatsapp.link(attempt);
    await gateway.open(attempt + 2, { stored: true });
    expect(await gateway.closed(attempt + 1)).toEqual({ kind: 'whatsapp', code: 440, detail: 'replaced' });
    await gateway.event(attempt + 2, 'opened');
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
  });

  it('a logout that WhatsApp refused, did not answer or cut off is not confirmed', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    const logout = { name: 'logout', attempt: attempt + 1 } as const;
    await control.addFault({ stage: 'logout', action: { type: 'query_error', code: 500 } });
    await expect(gateway.do(logout)).rejects.toThrow();
    await control.addFault({ stage: 'logout', action: { type: 'cut' } });
    await expect(gateway.do(logout)).rejects.toThrow();
    await expect(gateway.do(logout)).rejects.toThrow('only an open connection');

    await gateway.open(attempt + 2, { stored: true });
    await gateway.event(attempt + 2, 'opened');
    await control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const unanswered = gateway.do({ name: 'logout', attempt: attempt + 2 });
    await control.waitFor({ kind: 'stage', stage: 'logout', when: 'before', atLeast: 3 }, 5_000);
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
    await expect(unanswered).rejects.toThrow('did not confirm');
  });

  it('a logout is confirmed when WhatsApp removes the device and closes before its answer arrives', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    const action = { type: 'stream_error', code: 401, conflict: 'device_removed' } as const;
    await control.addFault({ stage: 'logout', action });
    await gateway.do({ name: 'logout', attempt: attempt + 1 });
    expect(await gateway.closed(attempt + 1)).toMatchObject({ code: 401 });
  });
});
