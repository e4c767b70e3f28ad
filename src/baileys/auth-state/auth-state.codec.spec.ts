import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  initAuthCreds,
  proto,
  type AuthenticationCreds,
  type SignalDataTypeMap,
} from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { AuthStateCorrupt } from '../../whatsapp/domain/errors.js';
import { decodeCredentials, decodeKey, encodeCredentials, encodeKey, phoneOf } from './auth-state.codec.js';

function pairedCredentials(): AuthenticationCreds {
  return {
    ...initAuthCreds(),
    me: { id: '4915112345678:7@s.whatsapp.net', lid: '98765:7@lid', name: 'Ü' },
    account: proto.ADVSignedDeviceIdentity.create({
      details: randomBytes(40),
      accountSignatureKey: randomBytes(32),
      accountSignature: randomBytes(64),
      deviceSignature: randomBytes(64),
    }),
    signalIdentities: [{ identifier: { name: '98765:7@lid', deviceId: 0 }, identifierKey: randomBytes(33) }],
    platform: 'android',
    routingInfo: randomBytes(9),
    lastAccountSyncTimestamp: 1_790_000_000,
    myAppStateKeyId: 'AAAAAB==',
  };
}

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

const KEYS: { readonly [T in keyof SignalDataTypeMap]: fc.Arbitrary<unknown> } = {
  'pre-key': fc.record({ public: bytes(32), private: bytes(32) }),
  session: fc.record({
    _sessions: fc.dictionary(
      fc.base64String({ minLength: 1 }),
      fc.record({ registrationId: fc.nat(), used: fc.integer() }),
    ),
    version: fc.string(),
  }),
  'sender-key': bytes(80),
  'sender-key-memory': fc.dictionary(fc.stringMatching(/^\d{5,15}(:\d+)?@s\.whatsapp\.net$/), fc.boolean()),
  'app-state-sync-key': fc.record({ keyData: bytes(32), timestamp: fc.nat() }),
  'app-state-sync-version': fc.record({
    version: fc.nat(),
    hash: bytes(128),
    indexValueMap: fc.dictionary(fc.base64String({ minLength: 1 }), fc.record({ valueMac: bytes(32) })),
  }),
  'lid-mapping': fc.stringMatching(/^\d{5,15}$/),
  'device-list': fc.array(fc.stringMatching(/^\d{1,2}$/)),
  tctoken: fc.record({ token: bytes(16), timestamp: fc.stringMatching(/^\d{10}$/) }),
  'identity-key': bytes(33),
};

describe('auth state codec', () => {
  it('decoded credentials equal the encoded ones, with bytes as Buffers', () => {
    const credentials = pairedCredentials();
    const decoded = decodeCredentials(encodeCredentials(credentials));
    const { account, ...rest } = credentials;
    const { account: decodedAccount, ...decodedRest } = decoded;
    expect(decodedRest).toEqual(rest);
    expect(decodedAccount).toEqual(proto.ADVSignedDeviceIdentity.create(account));
    expect(Buffer.isBuffer(decoded.noiseKey.private)).toBe(true);
    expect(Buffer.isBuffer(decoded.signedPreKey.signature)).toBe(true);
  });

  it('credentials with a base64 account, as in Baileys’ JSON files, decode to the same account', () => {
    const credentials = pairedCredentials();
    const fromJson = {
      ...credentials,
      account: (credentials.account as proto.ADVSignedDeviceIdentity).toJSON(),
    };
    expect(decodeCredentials(encodeCredentials(fromJson)).account).toEqual(credentials.account);
  });

  it('64-bit times stay numbers after encoding and decoding', () => {
    const key = { remoteJid: '1@s.whatsapp.net', id: 'A' };
    const long = proto.WebMessageInfo.decode(
      proto.WebMessageInfo.encode({ key, messageTimestamp: 1_790_000_000 }).finish(),
    ).messageTimestamp as number;
    const credentials = {
      ...pairedCredentials(),
      processedHistoryMessages: [{ key, messageTimestamp: long }],
    };
    expect(decodeCredentials(encodeCredentials(credentials)).processedHistoryMessages).toEqual([
      { key, messageTimestamp: 1_790_000_000 },
    ]);
  });

  it.each(Object.entries(KEYS))('every %s value decodes to the value that was encoded', (type, values) => {
    const known = type as keyof SignalDataTypeMap;
    fc.assert(
      fc.property(values, (value) => {
        const decoded = decodeKey(known, encodeKey(known, value));
        if (known === 'app-state-sync-key') {
          const { keyData, timestamp } = decoded as proto.Message.AppStateSyncKeyData;
          expect({ keyData: Buffer.from(keyData ?? []), timestamp: Number(timestamp) }).toEqual(value);
        } else {
          expect(decoded).toEqual(value);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('the codec encodes and decodes key types that Baileys does not have yet', () => {
    const value = { token: randomBytes(8), list: [1, 'two', null, true], nested: { at: 2 ** 40 } };
    const type = 'a-type-of-tomorrow' as keyof SignalDataTypeMap;
    expect(decodeKey(type, encodeKey(type, value))).toEqual(value);
  });

  it('damaged credentials either decode with a complete noise key or throw AuthStateCorrupt, and nothing else', () => {
    const encoded = encodeCredentials(pairedCredentials());
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(encoded);
        damaged.writeUInt8(damaged.readUInt8(at) ^ change, at);
        try {
          expect(decodeCredentials(damaged).noiseKey.private).toHaveLength(32);
        } catch (error) {
          expect(error).toBeInstanceOf(AuthStateCorrupt);
        }
      }),
    );
    for (let length = 0; length < encoded.length; length += 7) {
      expect(() => decodeCredentials(encoded.subarray(0, length))).toThrow(AuthStateCorrupt);
    }
  });

  it.each([
    'noiseKey',
    'signedIdentityKey',
    'signedPreKey',
    'registrationId',
    'advSecretKey',
    'me',
    'account',
  ])('credentials without %s are corrupt', (field) => {
    const { [field as keyof AuthenticationCreds]: _left, ...rest } = pairedCredentials();
    expect(() => decodeCredentials(encodeCredentials(rest as AuthenticationCreds))).toThrow(AuthStateCorrupt);
  });

  it('a key that cannot be decoded is corrupt', () => {
    expect(() => decodeKey('session', Buffer.from([1, 0xc1]))).toThrow(AuthStateCorrupt);
    expect(() => decodeKey('session', Buffer.alloc(0))).toThrow(AuthStateCorrupt);
    expect(() => decodeKey('session', Buffer.from([9, 0xc0]))).toThrow(AuthStateCorrupt);
  });

  it('phoneOf reads the phone number from an address with or without a device', () => {
    expect(phoneOf({ me: { id: '4915112345678:7@s.whatsapp.net' } })).toBe('4915112345678');
    expect(phoneOf({ me: { id: '4915112345678@s.whatsapp.net' } })).toBe('4915112345678');
  });
});
