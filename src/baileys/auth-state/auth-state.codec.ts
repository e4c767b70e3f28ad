import { jidDecode, proto, type AuthenticationCreds, type SignalDataTypeMap } from '@whiskeysockets/baileys';
import { AuthStateCorrupt } from '../../whatsapp/domain/errors.js';
import { pack, unpack } from './packed.js';

/** Credentials that WhatsApp has accepted. */
export type PairedCredentials = AuthenticationCreds & Required<Pick<AuthenticationCreds, 'me' | 'account'>>;

/** Returns the credentials in their stored form. */
export function encodeCredentials(credentials: AuthenticationCreds): Buffer {
  const { account, ...rest } = credentials;
  return pack({ ...rest, account: account && encodeAccount(account) });
}

/**
 * Returns credentials from their stored form.
 * @throws AuthStateCorrupt when the bytes cannot be decoded, or when a field that a login needs is missing
 */
export function decodeCredentials(bytes: Uint8Array): PairedCredentials {
  try {
    const { account, ...rest } = unpack(bytes) as { account: Uint8Array };
    const credentials = { ...rest, account: proto.ADVSignedDeviceIdentity.decode(account) };
    assertComplete(credentials);
    return credentials;
  } catch (cause) {
    throw new AuthStateCorrupt({ cause });
  }
}

/** Returns the linked phone number as WhatsApp writes it: digits without `+`. */
export function phoneOf(credentials: Pick<PairedCredentials, 'me'>): string {
  const user = jidDecode(credentials.me.id)?.user;
  if (!user || !/^\d+$/.test(user)) throw new Error('me.id is not the address of a phone number');
  return user;
}

/** Returns a Signal key in its stored form. Types that Baileys may add later are encoded unchanged. */
export function encodeKey(type: string, value: unknown): Buffer {
  if (type !== 'app-state-sync-key') return pack(value);
  const key = proto.Message.AppStateSyncKeyData.fromObject(value as object);
  return pack(proto.Message.AppStateSyncKeyData.encode(key).finish());
}

/** Returns a Signal key from its stored form. @throws AuthStateCorrupt */
export function decodeKey<T extends keyof SignalDataTypeMap>(
  type: T,
  bytes: Uint8Array,
): SignalDataTypeMap[T] {
  try {
    const value = unpack(bytes);
    const revived: unknown =
      type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.decode(value as Uint8Array) : value;
    return revived as SignalDataTypeMap[T];
  } catch (cause) {
    throw new AuthStateCorrupt({ cause });
  }
}

/** Encodes the account. In Baileys' JSON files it holds base64 instead of bytes; `fromObject` accepts both. */
function encodeAccount(account: object): Uint8Array {
  return proto.ADVSignedDeviceIdentity.encode(proto.ADVSignedDeviceIdentity.fromObject(account)).finish();
}

function assertComplete(value: object): asserts value is PairedCredentials {
  const credentials = value as Partial<PairedCredentials>;
  const pairs = [credentials.noiseKey, credentials.signedIdentityKey, credentials.signedPreKey?.keyPair];
  const complete =
    pairs.every((pair) => isKey(pair?.public) && isKey(pair.private)) &&
    credentials.signedPreKey?.signature.length === 64 &&
    typeof credentials.registrationId === 'number' &&
    typeof credentials.advSecretKey === 'string' &&
    typeof credentials.nextPreKeyId === 'number' &&
    typeof credentials.firstUnuploadedPreKeyId === 'number' &&
    isKey(credentials.account?.accountSignatureKey) &&
    credentials.account.details?.length &&
    credentials.me !== undefined &&
    phoneOf({ me: credentials.me });
  if (!complete) throw new Error('the credentials are not complete');
}

function isKey(key: Uint8Array | null | undefined): key is Uint8Array {
  return key instanceof Uint8Array && key.length === 32;
}
