import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DEFAULT_CONNECTION_CONFIG, fetchLatestWaWebVersion } from '@whiskeysockets/baileys';
import { ControlClient } from '../control-client.js';
import { connect, link, login } from '../testing/linked-device.js';
import { DeviceKeys, ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

const PHONE = '4915112345678';

describe('version of WhatsApp Web', () => {
  let simulator: WhatsappSimulator;
  let control: ControlClient;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    control = new ControlClient(simulator.controlUrl);
    const { fetch } = globalThis;
    const serviceWorker = new URL('/sw.js', simulator.url.replace('ws:', 'http:'));
    jest.spyOn(globalThis, 'fetch').mockImplementation((address, options) => {
      const asked = address instanceof Request ? address.url : address.toString();
      return fetch(asked === 'https://web.whatsapp.com/sw.js' ? serviceWorker : asked, options);
    });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await simulator.stop();
  });

  it('Baileys reads the served version, which is by default the one that Baileys pins', async () => {
    const { version } = DEFAULT_CONNECTION_CONFIG;
    expect(await fetchLatestWaWebVersion()).toEqual({ version, isLatest: true });
    await control.serveVersion({ revision: 1_043_999_999 });
    expect(await fetchLatestWaWebVersion()).toEqual({ version: [2, 3000, 1_043_999_999], isLatest: true });
    expect((await control.state()).counters.versionRequests).toBe(2);
    expect(await control.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
  });

  it('the version can be unavailable, late or invalid', async () => {
    await control.serveVersion({ status: 503 });
    expect(await fetchLatestWaWebVersion()).toMatchObject({ isLatest: false });
    await control.serveVersion({ body: '<!doctype html>' });
    expect(await fetchLatestWaWebVersion()).toMatchObject({ isLatest: false });
    await control.serveVersion({ delayMs: 60_000 });
    const late = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(50) });
    expect(late).toMatchObject({ isLatest: false, error: { name: 'TimeoutError' } });
    await expect(control.serveVersion({ status: 42 })).rejects.toThrow('status');
  });

  it('a client with a version that is too old gets 405, at registration and at login', async () => {
    const device = await link(simulator, PHONE);
    await control.requireVersion('2.3000.2');
    const old = await connect(simulator, device);
    expect((await old.nextTagged('failure')).attrs).toEqual({ reason: '405', location: 'sim' });
    await old.waitForClose();
    const keys = new DeviceKeys();
    const unknown = await ProtocolClient.connect(simulator.url, keys.noiseKey, keys.registrationPayload());
    expect((await unknown.nextTagged('failure')).attrs).toMatchObject({ reason: '405' });
    expect(simulator.state()).toMatchObject({
      refusals: { outdated_version: 2 },
      webVersion: { served: {}, least: '2.3000.2' },
      devices: [{ logins: 0, clientVersion: null }],
    });
    await control.requireVersion(null);
    await login(simulator, device);
    expect(simulator.state().devices).toMatchObject([{ logins: 1, clientVersion: '2.3000.1' }]);
    await expect(control.requireVersion('newest')).rejects.toThrow('three numbers');
  });
});
