import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Prefix of a secret: `wak` is an API key, `wpl` the token of a page link. */
export type SecretKind = 'wak' | 'wpl';

/** A new secret, with the id and the hash that are stored. */
export interface MadeSecret {
  readonly id: string;
  /** `wak_<id>_<secret>`: for its holder only. It is never stored. */
  readonly text: string;
  readonly hash: string;
}

/** A secret that a client sent, split into its parts. */
export interface PresentedSecret {
  readonly id: string;
  readonly secret: string;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;
const SALT_BYTES = 16;
const SECRET_BYTES = 32;
/** The text is hashed, not the decoded bytes, because several base64url texts decode to the same bytes. */
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

/** Splits a secret into its parts. Null: the text has another form. */
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

/** Returns the id of the secret that the hash was made of. */
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

/** Hash of a discarded secret. It is compared for unknown ids, so that they take as long as known ones. */
export const DUMMY_HASH = makeSecret('wak').hash;

/** Returns the owner of a secret; null: there is none. An unknown id takes as long as a wrong secret. */
export function findBySecret<T extends { readonly hash: string }>(
  kind: SecretKind,
  text: string,
  owners: ReadonlyMap<string, T>,
): T | null {
  const presented = parseSecret(kind, text);
  const owner = presented ? owners.get(presented.id) : undefined;
  const isRight = matches(presented?.secret ?? '', owner?.hash ?? DUMMY_HASH);
  return owner && isRight ? owner : null;
}

/** HMAC-SHA-256. 32 random bytes cannot be guessed from their hash, so a slow key derivation is not needed. */
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
