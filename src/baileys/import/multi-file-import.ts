import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BufferJSON, type AuthenticationCreds } from '@whiskeysockets/baileys';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { decodeCredentials, encodeCredentials, encodeKey, phoneOf } from '../auth-state/auth-state.codec.js';
import { keyOfFile } from './multi-file-names.js';

const CREDENTIALS = 'creds.json';

/** The auth state of one linked account, in its stored form. */
export interface ImportedAuthState {
  readonly phone: string;
  readonly credentials: Uint8Array;
  readonly keys: readonly KeyChange[];
}

/** The folder cannot be imported. No part of it was used. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';

  /** @param file the name of the invalid file, without its folder */
  constructor(
    readonly file: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}`, options);
  }
}

/**
 * Reads a folder that Baileys' `useMultiFileAuthState` wrote, completely or not at all. The folder stays unchanged.
 * Files whose name begins with a dot are not Baileys' files and are ignored.
 * @throws ImportRefused names the file · Error when the folder cannot be listed
 */
export async function readMultiFileAuthState(folder: string): Promise<ImportedAuthState> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter(({ name }) => !name.startsWith('.'));
  const directory = files.find((entry) => !entry.isFile());
  if (directory) throw new ImportRefused(directory.name, 'is not a file');
  const names = files.map(({ name }) => name);
  if (!names.includes(CREDENTIALS)) throw new ImportRefused(CREDENTIALS, 'is missing');

  const keys: KeyChange[] = [];
  const imported = await readCredentials(folder);
  for (const name of names) {
    if (name !== CREDENTIALS) keys.push(await readKey(folder, name));
  }
  return { ...imported, keys };
}

async function readCredentials(folder: string): Promise<Pick<ImportedAuthState, 'phone' | 'credentials'>> {
  const credentials = (await readJson(folder, CREDENTIALS)) as Partial<AuthenticationCreds>;
  if (!credentials.me?.id || !credentials.account) {
    throw new ImportRefused(CREDENTIALS, 'belongs to a device that is not linked');
  }
  try {
    const encoded = encodeCredentials(credentials as AuthenticationCreds);
    return { phone: phoneOf(decodeCredentials(encoded)), credentials: encoded };
  } catch (cause) {
    throw new ImportRefused(CREDENTIALS, 'lacks a field that a login needs', { cause });
  }
}

async function readKey(folder: string, name: string): Promise<KeyChange> {
  const key = keyOfFile(name);
  if (!key) throw new ImportRefused(name, 'is not the name of a key file that Baileys writes');
  const value = await readJson(folder, name);
  try {
    return { ...key, value: encodeKey(key.type, value) };
  } catch (cause) {
    throw new ImportRefused(name, `does not hold a ${key.type}`, { cause });
  }
}

async function readJson(folder: string, name: string): Promise<object | string> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, name), 'utf8'), BufferJSON.reviver);
  } catch (cause) {
    throw new ImportRefused(name, 'cannot be read', { cause });
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new ImportRefused(name, 'is empty');
  return value;
}
