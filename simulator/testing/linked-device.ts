import type { WhatsappSimulator } from '../whatsapp-simulator.js';
import { element, type Stanza } from '../wire/stanza.js';
import { DeviceKeys, loginPayload, ProtocolClient } from './protocol-client.js';

export interface LinkedDevice {
  keys: DeviceKeys;
  deviceJid: string;
}

/** Registers a client. @returns it with its references and its first QR code */
export async function register(
  simulator: WhatsappSimulator,
  keys = new DeviceKeys(),
): Promise<{ client: ProtocolClient; keys: DeviceKeys; references: string[]; qr: string }> {
  const client = await ProtocolClient.connect(simulator.url, keys.noiseKey, keys.registrationPayload());
  const references = await client.references();
  return { client, keys, references, qr: keys.qr(references[0] ?? '') };
}

/** Registers a client and scans its QR code. The client has not sent its signature yet. */
export async function registerAndScan(
  simulator: WhatsappSimulator,
  phone: string,
): Promise<{
  client: ProtocolClient;
  keys: DeviceKeys;
  answer: { id: string; signature: Uint8Array };
  scan: ReturnType<WhatsappSimulator['scan']>;
}> {
  const { client, keys, qr } = await register(simulator);
  const scan = simulator.scan({ qr, phone, waitMs: 3_000 });
  const answer = await client.countersign(keys.identityKey);
  return { client, keys, answer, scan };
}

export async function link(simulator: WhatsappSimulator, phone: string): Promise<LinkedDevice> {
  const { client, keys, answer, scan } = await registerAndScan(simulator, phone);
  client.sendSignature(answer);
  const result = await scan;
  if (!result.paired) throw new Error(`not paired: ${result.reason}`);
  await client.nextTagged('stream:error');
  client.terminate();
  return { keys, deviceJid: result.deviceJid };
}

export function connect(simulator: WhatsappSimulator, device: LinkedDevice): Promise<ProtocolClient> {
  return ProtocolClient.connect(simulator.url, device.keys.noiseKey, loginPayload(device.deviceJid));
}

export async function login(simulator: WhatsappSimulator, device: LinkedDevice): Promise<ProtocolClient> {
  const client = await connect(simulator, device);
  await client.nextTagged('success');
  return client;
}

export function logout(client: ProtocolClient, deviceJid: string): Promise<Stanza> {
  const removal = element('remove-companion-device', { jid: deviceJid, reason: 'user_initiated' });
  return client.query('md', 'set', [removal]);
}
