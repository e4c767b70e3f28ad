import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret says of itself by how it begins: `wak`, an API key; `wpl`, the token of a page link. */
export type SecretKind = 'wak' | 'wpl';

/** A new secret, with what is kept of it. */
export interface MadeSecret {
  readonly id: string;
  /** `wak_<id>_<secret>`: for whoever gets it, and for nobody else. */
  readonly text: string;
  readonly hash: string;
}

/** What somebody has sent, taken apart. */
export interface PresentedSecret {
  readonly id: string;
  readonly secret: string;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;
const SALT_BYTES = 16;
const SECRET_BYTES = 32;
/** Every character counts: it is the text that is hashed, and not the bytes, of which base64url has several spellings. */
const SECRET_FORM = /^(wak|wpl)_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{43})$/;
const HASH_FORM = /^1\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

export function makeSecret(kind: SecretKind): MadeSecret {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const id = idOf(salt);
  return {
    id,
    text: `${kind}_${id}_${secret}`,
    hash: `1.${salt}.${macOf(secret, salt).toString('base64url')}`,
  };
}

/** Null: no secret of ours looks like this. */
export function parseSecret(kind: SecretKind, text: string): PresentedSecret | null {
  const [, found, id = '', secret = ''] = SECRET_FORM.exec(text) ?? [];
  return found === kind ? { id, secret } : null;
}

export function isSecretOf(kind: SecretKind, text: string): boolean {
  return text.startsWith(`${kind}_`);
}

export function isHash(text: string): boolean {
  return HASH_FORM.test(text);
}

/** Of whichever secret this is kept: so a hash alone is enough to know which one it is for. */
export function idOfHash(hash: string): string {
  return idOf(HASH_FORM.exec(hash)?.[1] ?? '');
}

/** Whether the hash was made of this secret. Takes as long for a wrong secret as for the right one. */
export function matches(secret: string, hash: string): boolean {
  const [, salt = '', mac = ''] = HASH_FORM.exec(hash) ?? [];
  const expected = Buffer.from(mac, 'base64url');
  const found = macOf(secret, salt);
  return expected.length === found.length && timingSafeEqual(found, expected);
}

/** Of a secret that nobody knows: to be compared with where there is nothing else, so that it takes as long. */
export const DUMMY_HASH = makeSecret('wak').hash;

/** A key derivation that is slow on purpose is for passwords: 32 random bytes cannot be guessed from their hash. */
function macOf(secret: string, salt: string): Buffer {
  return createHmac('sha256', Buffer.from(salt, 'base64url')).update(secret).digest();
}

function idOf(salt: string): string {
  let rest = BigInt(`0x${createHash('sha256').update(salt).digest('hex')}`);
  let id = '';
  for (const base = BigInt(LETTERS.length); id.length < ID_LENGTH; rest /= base) {
    id += LETTERS.charAt(Number(rest % base));
  }
  return id;
}
