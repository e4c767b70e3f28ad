import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HostAct } from './gateway.program.js';
import { SimulatedWhatsapp } from './simulated-whatsapp.js';

describe('WhatsappSockets', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start({ queryTimeoutMs: 2_000 });
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
  });

  const host = (act: HostAct) => whatsapp.gateway.do({ name: 'host', act });

  it('the socket of an account is available from open until it ends, and no other socket is', async () => {
    const { gateway } = whatsapp;
    await expect(host('query')).rejects.toThrow('NotConnected');
    await gateway.open(attempt);
    await gateway.code(attempt);
    await expect(host('query')).rejects.toThrow('NotConnected');
    await gateway.do({ name: 'destroy', attempt });

    await whatsapp.link(attempt + 1);
    await host('query');
    await host('keep');
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
    await expect(host('query')).rejects.toThrow('NotConnected');
    await expect(host('queryKept')).rejects.toThrow();

    await gateway.open(attempt + 3, { stored: true });
    await gateway.event(attempt + 3, 'opened');
    await host('query');
    await expect(host('queryKept')).rejects.toThrow();
    await gateway.do({ name: 'close', attempt: attempt + 3 });
    await expect(host('query')).rejects.toThrow('NotConnected');
  });

  it('no socket is available while it is closing', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.act({ type: 'freeze' });
    const ended = gateway.do({ name: 'close', attempt: attempt + 1 });
    await expect(host('query')).rejects.toThrow('NotConnected');
    await ended;
  });

  it('listeners get every new socket of a linked account before anything happened on it', async () => {
    const before = (await whatsapp.gateway.socketsSeen(0)).length;
    await whatsapp.link(attempt);
    const seen = await whatsapp.gateway.socketsSeen(before + 1);
    expect(seen.slice(before)).toEqual([['connecting', 'open']]);
    await whatsapp.gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });

  it('a query that WhatsApp does not answer is rejected, and the connection stays open', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.addFault({ stage: 'query', action: { type: 'silent' }, times: 'always' });
    await expect(host('query')).rejects.toThrow('WhatsApp did not answer in time');
    await control.removeFault();
    await host('query');
    expect(gateway.events(attempt + 1).map(({ type }) => type)).not.toContain('closed');
    await gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });

  it('a pending query is rejected at once when its socket ends', async () => {
    const { gateway } = whatsapp;
    await whatsapp.link(attempt);
    await host('wait');
    await gateway.do({ name: 'destroy', attempt: attempt + 1 });
    expect(await gateway.waitEnded()).toContain('this attempt has ended');
  });

  it('a socket that a caller ends counts as a broken connection, and the account stays linked', async () => {
    const { gateway, control } = whatsapp;
    const phone = await whatsapp.link(attempt);
    await host('end');
    expect(await gateway.closed(attempt + 1)).toEqual({ kind: 'network', problem: 'closed' });
    await expect(host('query')).rejects.toThrow('NotConnected');
    expect((await control.state()).devices).toMatchObject([{ phone }]);
    await gateway.open(attempt + 2, { stored: true });
    await gateway.event(attempt + 2, 'opened');
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
  });

  it('a logout() by a caller is reported as a broken connection, and the next login is refused', async () => {
    const { gateway } = whatsapp;
    await whatsapp.link(attempt);
    await host('logout');
    const removed = { kind: 'whatsapp', code: 401, detail: 'device_removed' };
    // Either this service or WhatsApp closes the connection first.
    expect([{ kind: 'network', problem: 'closed' }, removed]).toContainEqual(
      await gateway.closed(attempt + 1),
    );
    await gateway.open(attempt + 2, { stored: true });
    expect(await gateway.closed(attempt + 2)).toMatchObject({ kind: 'whatsapp', code: 401 });
  });

  it('a listener of a socket that throws while Baileys ends the socket does not end the process', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await host('throwInUpdate');
    await control.act({ type: 'cut' });
    await gateway.closed(attempt + 1);
    await gateway.open(attempt + 2, { stored: true });
    await gateway.event(attempt + 2, 'opened');
    await host('query');
    await gateway.do({ name: 'destroy', attempt: attempt + 2 });
  });

  it('a listener for new sockets that throws does not affect the connection', async () => {
    await whatsapp.link(attempt);
    await host('throwInListener');
    await whatsapp.gateway.do({ name: 'close', attempt: attempt + 1 });
    await whatsapp.gateway.open(attempt + 2, { stored: true });
    await whatsapp.gateway.event(attempt + 2, 'opened');
    await host('query');
    await whatsapp.gateway.do({ name: 'destroy', attempt: attempt + 2 });
  });
});
