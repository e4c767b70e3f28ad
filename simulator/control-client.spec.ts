import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ControlClient } from './control-client.js';
import { ChangeNotifier } from './server/change-notifier.js';
import { CodeCompanion } from './testing/code-companion.js';
import { register, registerAndScan } from './testing/linked-device.js';
import { WhatsappSimulator } from './whatsapp-simulator.js';
import { Transport } from './wire/transport.js';

const PHONE = '4915112345678';

describe('the control API', () => {
  let simulator: WhatsappSimulator;
  let control: ControlClient;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    control = new ControlClient(simulator.controlUrl);
  });

  afterEach(() => simulator.stop());

  async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<number> {
    const response = await fetch(simulator.controlUrl + path, { method: 'POST', body, headers });
    expect(((await response.json()) as { error?: string }).error).toEqual(expect.any(String));
    return response.status;
  }

  it('the control API scans, holds, releases, waits and removes devices', async () => {
    await control.addFault({ stage: 'stream_restart', action: { type: 'hold' }, where: { phone: PHONE } });
    expect(await control.faults()).toHaveLength(1);
    const { client, keys, qr } = await register(simulator);
    const scan = control.scan({ qr, phone: PHONE });
    client.sendSignature(await client.countersign(keys.identityKey));
    expect(await scan).toMatchObject({ paired: true });
    expect(await control.waitFor({ kind: 'linked', phone: PHONE, devices: 1 }, 2_000)).toBe(true);
    const [hold] = await control.holds({ stage: 'stream_restart' }, 2_000);
    expect(hold).toMatchObject({ stage: 'stream_restart', when: 'before', connection: { phone: PHONE } });
    expect(await control.release(hold ? { id: hold.id } : {})).toBe(1);
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '515' });
    expect(await control.removeDevices(PHONE)).toBe(1);
    expect((await control.state()).counters).toMatchObject({ pairs: 1, removals: 1 });
    expect((await control.journal()).map(({ event }) => event)).toContain('before stream_restart: hold');
  });

  it('the control API types phone codes, and requires passkeys', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    expect(await control.act({ type: 'refresh_code', forceManual: true }, { phone: PHONE })).toBe(1);
    await companion.nextNotification('refresh_code');
    await companion.hello();
    const typed = control.typeCode({ phone: PHONE, code: 'abcd-1234' });
    await companion.link();
    expect(await typed).toMatchObject({ paired: true });
    await control.requirePasskey({ phone: PHONE });
    const { client, qr } = await register(simulator);
    const scan = control.scan({ qr, phone: PHONE });
    await client.nextTagged('notification');
    client.terminate();
    expect(await scan).toEqual({ paired: false, reason: 'passkey_required' });
    await control.requirePasskey({ phone: PHONE, required: false });
    expect(await control.waitFor({ kind: 'counter', name: 'passkeyRequests', atLeast: 1 }, 100)).toBe(true);
  });

  it('the control API acts on connections, retires codes and resets the simulator', async () => {
    const { client, qr } = await register(simulator);
    expect(await control.retire({ qr })).toBe(false);
    expect(await control.act({ type: 'stream_error', code: 503 }, { kind: 'registration' })).toBe(1);
    await client.nextTagged('stream:error');
    await registerAndScan(simulator, PHONE);
    await control.addFault({ stage: 'ping', action: { type: 'silent' }, times: 'always' });
    await control.reset();
    expect(await control.state()).toMatchObject({
      openSockets: 0,
      faults: [],
      devices: [],
      counters: { connections: 0 },
    });
    expect((await register(simulator)).references).toHaveLength(6);
  });

  it('a reset forgets references, and restarts the ids of connections and faults', async () => {
    const action = { type: 'silent' } as const;
    const { id } = await control.addFault({ stage: 'ping', action });
    const { qr } = await register(simulator);
    const [before] = (await control.state()).connections;
    await control.reset();
    expect(await control.scan({ qr, phone: PHONE })).toEqual({ paired: false, reason: 'unknown_reference' });
    expect(await control.addFault({ stage: 'ping', action })).toMatchObject({ id });
    await register(simulator);
    expect((await control.state()).connections).toMatchObject([{ connectionId: before?.connectionId }]);
  });

  it('a reset fails when a connection stays open', async () => {
    const { client } = await register(simulator);
    const destroy = jest.spyOn(Transport.prototype, 'destroy').mockReturnValue();
    const wait = jest.spyOn(ChangeNotifier.prototype, 'waitUntil').mockResolvedValue(undefined);
    await expect(control.reset()).rejects.toThrow('1 connections are still open');
    destroy.mockRestore();
    wait.mockRestore();
    client.terminate();
  });

  it('a waiting call answers when its time limit is over', async () => {
    expect(await control.holds({ stage: 'ping' }, 20)).toEqual([]);
    expect(await control.waitFor({ kind: 'sockets', open: 7 }, 20)).toBe(false);
  });

  it('the control API refuses invalid requests and browsers with 400', async () => {
    expect(await post('/faults', '{"stage":"nowhere","action":{"type":"cut"}}')).toBe(400);
    expect(await post('/faults', '{"stage":"ping","action":{"type":"explode"}}')).toBe(400);
    expect(await post('/faults', '{"stage":"ping","action":{"type":"delay","ms":"5"}}')).toBe(400);
    expect(await post('/faults', '{"stage":"ping","action":{"type":"cut"},"tims":2}')).toBe(400);
    expect(await post('/faults', '{"stage":"tcp","action":{"type":"fail","code":401}}')).toBe(400);
    expect(await post('/act', '{"action":{"type":"hold"}}')).toBe(400);
    expect(await post('/wait', '{"condition":{"kind":"weather"},"waitMs":1}')).toBe(400);
    expect(await post('/spend-pre-keys', '{"phone":"4915112345678"}')).toBe(400);
    expect(await post('/served-version', '{"revision":"newest"}')).toBe(400);
    expect(await post('/least-version', '{}')).toBe(400);
    expect(await post('/least-version', '{"version":3000}')).toBe(400);
    expect(await post('/scan', '{"qr":"x","phone":"+49 151"}')).toBe(400);
    expect(await post('/type-code', '{"phone":"4915112345678"}')).toBe(400);
    expect(await post('/type-code', '{"phone":"+49 151","code":"ABCD1234"}')).toBe(400);
    expect(await post('/passkey', '{"phone":"4915112345678","required":"yes"}')).toBe(400);
    expect(await post('/act', '{"action":{"type":"refresh_code","forceManual":1}}')).toBe(400);
    expect(await post('/scan', 'nonsense')).toBe(400);
    expect(await post('/nowhere', '{}')).toBe(400);
    expect(await post('/wait', '{"condition":{"kind":"counter","name":"x","atLeast":1},"waitMs":1}')).toBe(
      400,
    );
    expect(await post('/faults', '{"stage":"ping","action":{"type":"cut"},"times":0}')).toBe(400);
    expect(await post('/faults', '{"stage":"ping","action":{"type":"cut"},"times":1.5}')).toBe(400);
    expect(await post('/faults', '{"stage":"ping","action":{"type":"cut"},"skip":-1}')).toBe(400);
    expect(await post('/reset', '{}', { origin: 'https://example.org' })).toBe(400);
  });

  it.each([
    ['GET', '/holds?waitMs=abc'],
    ['GET', '/holds?id=abc'],
    ['GET', '/holds?when=never'],
    ['GET', '/holds?stage=nowhere'],
    ['DELETE', '/faults?id=abc'],
    ['DELETE', '/faults?id='],
  ])('the control API refuses %s %s', async (method, path) => {
    expect((await fetch(simulator.controlUrl + path, { method })).status).toBe(400);
  });

  it('a connection to the control API stays open for 65 s between two calls', async () => {
    const { headers } = await fetch(`${simulator.controlUrl}/state`);
    expect(headers.get('keep-alive')).toBe('timeout=65');
  });
});
