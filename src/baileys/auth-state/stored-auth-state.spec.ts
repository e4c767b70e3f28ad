import { beforeEach, describe, expect, it } from '@jest/globals';
import { initAuthCreds, proto } from '@whiskeysockets/baileys';
import { AttemptOver, StorageFailed } from '../../whatsapp/domain/errors.js';
import { AuthStateWriter, type AuthStateChange } from '../../whatsapp/ports/auth-state.store.js';
import { decodeKey, encodeCredentials, encodeKey, type PairedCredentials } from './auth-state.codec.js';
import { StoredAuthState } from './stored-auth-state.js';

class RecordingWriter extends AuthStateWriter {
  readonly changes: AuthStateChange[] = [];
  readonly stored = new Map<string, Uint8Array>();
  failure: Error | null = null;

  read(_type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(new Map([...this.stored].filter(([id]) => ids.includes(id))));
  }

  write(change: AuthStateChange): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.changes.push(change);
    return Promise.resolve();
  }

  erase(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const pair = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) };

describe('StoredAuthState', () => {
  let writer: RecordingWriter;
  let failures: unknown[];
  let state: StoredAuthState;
  let stored: Uint8Array;
  let changes = 0;

  function change(): void {
    changes += 1;
    state.creds.lastPropHash = String(changes);
    state.credentialsChanged();
  }

  beforeEach(() => {
    writer = new RecordingWriter();
    failures = [];
    const account = { details: Buffer.alloc(3), accountSignatureKey: Buffer.alloc(32) };
    const credentials: PairedCredentials = {
      ...initAuthCreds(),
      me: { id: '4915112345678:7@s.whatsapp.net' },
      account: proto.ADVSignedDeviceIdentity.create(account),
    };
    stored = encodeCredentials(credentials);
    state = new StoredAuthState(credentials, writer, (error) => failures.push(error), stored);
  });

  it('keys that Baileys sets together are written in one change', async () => {
    await state.keys.set({
      session: { '1.0': Buffer.from('s'), '2.0': null },
      'lid-mapping': { '49': '77' },
    });
    expect(writer.changes).toEqual([
      {
        keys: [
          { type: 'session', id: '1.0', value: encodeKey('session', Buffer.from('s')) },
          { type: 'session', id: '2.0', value: null },
          { type: 'lid-mapping', id: '49', value: encodeKey('lid-mapping', '77') },
        ],
        powerSafe: false,
      },
    ]);
  });

  it('new pre-keys and the credentials that count them are stored in one change, safe against a power cut', async () => {
    change();
    await state.keys.set({ 'pre-key': { '1': pair } });
    await turn();
    expect(writer.changes).toHaveLength(1);
    expect(writer.changes[0]).toMatchObject({ powerSafe: true, keys: [{ type: 'pre-key', id: '1' }] });
    expect(writer.changes[0]?.credentials).toBeInstanceOf(Uint8Array);
  });

  it('credentials are stored once for all changes of one turn', async () => {
    change();
    change();
    expect(writer.changes).toHaveLength(0);
    await turn();
    expect(writer.changes).toHaveLength(1);
    expect(writer.changes[0]?.keys).toBeUndefined();
    change();
    await turn();
    expect(writer.changes).toHaveLength(2);
  });

  it('credentials that the store already has are not written again', async () => {
    state.credentialsChanged();
    await turn();
    state.creds.me = { ...state.creds.me };
    state.credentialsChanged();
    state.retire('flush');
    expect(writer.changes).toHaveLength(0);
  });

  it('credentials that change back to an earlier value are written again', async () => {
    const before = state.creds.lastPropHash;
    change();
    await turn();
    Object.assign(state.creds, { lastPropHash: before });
    state.credentialsChanged();
    await turn();
    const [first, second] = writer.changes.map(({ credentials }) => Buffer.from(credentials ?? []));
    expect(first?.equals(stored)).toBe(false);
    expect(second?.equals(stored)).toBe(true);
  });

  it('a read returns the stored keys and omits missing ones', async () => {
    writer.stored.set('7', encodeKey('pre-key', pair));
    expect(await state.keys.get('pre-key', ['7', '8'])).toEqual({ '7': pair });
  });

  it('setting no keys causes no write', async () => {
    await state.keys.set({ 'pre-key': {} });
    expect(writer.changes).toHaveLength(0);
  });

  it.each([
    ['a write', () => state.keys.set({ 'pre-key': { '1': pair } })],
    ['a read', () => state.keys.get('pre-key', ['1'])],
  ])('%s that failed is reported, and rejects for Baileys', async (_what, use) => {
    writer.failure = new StorageFailed();
    await expect(use()).rejects.toBe(writer.failure);
    expect(failures).toEqual([writer.failure]);
  });

  it('a failed write of credentials is reported, although no caller awaits it', async () => {
    writer.failure = new StorageFailed();
    change();
    await turn();
    expect(failures).toEqual([writer.failure]);
  });

  it('a stored key that cannot be decoded is reported', async () => {
    writer.stored.set('1', Buffer.from([0]));
    await expect(state.keys.get('pre-key', ['1'])).rejects.toThrow('cannot be read');
    expect(failures).toHaveLength(1);
  });

  it('AttemptOver is not reported as a failure', async () => {
    writer.failure = new AttemptOver();
    await expect(state.keys.set({ 'pre-key': { '1': pair } })).rejects.toBe(writer.failure);
    expect(failures).toEqual([]);
  });

  it('a state that is retired with flush writes its pending credentials, and then neither reads nor writes', async () => {
    change();
    state.retire('flush');
    expect(writer.changes).toHaveLength(1);
    await expect(state.keys.set({ 'pre-key': { '1': pair } })).rejects.toBeInstanceOf(AttemptOver);
    await expect(state.keys.get('pre-key', ['1'])).rejects.toBeInstanceOf(AttemptOver);
    change();
    await turn();
    expect(writer.changes).toHaveLength(1);
  });

  it('a state that is retired with drop does not write its pending credentials', async () => {
    change();
    state.retire('drop');
    await turn();
    expect(writer.changes).toHaveLength(0);
  });

  it('a running upload gets no pre-key numbers from a retired state', () => {
    state.retire('drop');
    expect(() => state.creds.nextPreKeyId).toThrow(AttemptOver);
  });

  it('decoded pre-keys are Buffers, which libsignal accepts', () => {
    expect(Buffer.isBuffer(decodeKey('pre-key', encodeKey('pre-key', pair)).private)).toBe(true);
  });
});
