import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys';
import { eventually } from '../../support/eventually.js';
import { timeLimitSince } from '../../support/time/time-limit.js';
import { SimulatedWhatsapp } from './simulated-whatsapp.js';

const { APP_STATE_SYNC_KEY_SHARE, LID_MIGRATION_MAPPING_SYNC } = proto.Message.ProtocolMessage.Type;

/** The limit of the issue: nothing that a device sends costs other accounts more. In processor time. */
const LONGEST_PAUSE_MS = 50;
const COMPANION = 7;

const inBase64 = (message: Uint8Array): string => Buffer.from(message).toString('base64');
const encoded = (message: object): string =>
  inBase64(proto.Message.encode(proto.Message.fromObject(message)).finish());

/** A list of contacts with this number of empty contacts, two bytes each. */
const emptyContacts = (count: number): string => {
  const length = count * 2;
  const head = [0x6a, (length % 128) | 128, ((length >>> 7) % 128) | 128, length >>> 14];
  return inBase64(Buffer.concat([Buffer.from(head), Buffer.alloc(length, Buffer.of(0x12, 0))]));
};

function keyShare(count: number): string {
  const keys = Array.from({ length: count }, (_, index) => ({
    keyId: { keyId: Buffer.from(String(index)) },
    keyData: { keyData: Buffer.alloc(32, index) },
  }));
  return encoded({ protocolMessage: { type: APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys } } });
}

function migration(count: number): string {
  const pnToLidMappings = Array.from({ length: count }, (_, index) => ({
    pn: 491_800_000_000 + index,
    assignedLid: 100_000_000_000 + index,
  }));
  const payload = proto.LIDMigrationMappingSyncPayload.fromObject({ pnToLidMappings });
  const encodedMappingPayload = proto.LIDMigrationMappingSyncPayload.encode(payload).finish();
  const lidMigrationMappingSyncMessage = { encodedMappingPayload };
  return encoded({ protocolMessage: { type: LID_MIGRATION_MAPPING_SYNC, lidMigrationMappingSyncMessage } });
}

describe('messages that cost a linked account much to read', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;
  let phone = '';

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start();
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
    phone = await whatsapp.link(attempt);
  });

  const stored = async (type: string): Promise<number> =>
    (await whatsapp.gateway.do({ name: 'stored' }))?.keys[type] ?? 0;

  /** Sends a message and waits for the receipt of the account. @returns the longest pause of its process */
  async function pauseFor(content: string, sender = COMPANION): Promise<number> {
    await whatsapp.gateway.longestPause();
    const { receipts } = (await whatsapp.control.state()).counters;
    await whatsapp.control.sendOwn({ phone, sender, content });
    await eventually(
      async () => (await whatsapp.control.state()).counters.receipts > receipts,
      20_000,
      () => 'the message was not acknowledged',
    );
    await whatsapp.gateway.do({ name: 'host', act: 'query' });
    return whatsapp.gateway.longestPause();
  }

  it('a message of 400,000 empty contacts is acknowledged without a pause, and not requested again', async () => {
    const begun = performance.now();
    expect(await pauseFor(emptyContacts(400_000))).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
    expect(whatsapp.gateway.output).toContain('message too large to read');
    expect((await whatsapp.control.state()).counters).toMatchObject({ nacks: 0, retryReceipts: 0 });
  });

  it('a key share of 16,000 keys is left out without a pause', async () => {
    const before = await stored('app-state-sync-key');
    const begun = performance.now();
    expect(await pauseFor(keyShare(16_000))).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
    expect(await stored('app-state-sync-key')).toBe(before);
  });

  it('a key share of the phone is stored', async () => {
    const before = await stored('app-state-sync-key');
    await pauseFor(keyShare(3), 0);
    await eventually(
      async () => (await stored('app-state-sync-key')) === before + 3,
      5_000,
      () => 'the keys were not stored',
    );
  });

  it('12,000 mappings in one message are stored in pieces, without a pause', async () => {
    const before = await stored('lid-mapping');
    const begun = performance.now();
    const first = await pauseFor(migration(12_000), 0);
    await eventually(
      async () => (await stored('lid-mapping')) === before + 24_000,
      20_000,
      () => 'the mappings were not stored',
    );
    const rest = await whatsapp.gateway.longestPause();
    expect(Math.max(first, rest)).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
    const { writes } = (await whatsapp.gateway.do({ name: 'stored' })) ?? { writes: [] };
    expect(Math.max(...writes.map(({ keys }) => keys).filter((keys) => keys !== 812))).toBeLessThanOrEqual(
      1_000,
    );
  });
});
