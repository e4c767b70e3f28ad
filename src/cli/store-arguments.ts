import { resolve } from 'node:path';
import { parseCommandLine, UsageError } from './command-line.js';

export const USAGE = `Usage: npm run store -- backup FILE
       npm run store -- encrypt   WHATSAPP_ENCRYPTION_KEY becomes the key of the store
       npm run store -- rekey     WHATSAPP_NEW_ENCRYPTION_KEY replaces WHATSAPP_ENCRYPTION_KEY, the store's key
       npm run store -- decrypt   removes WHATSAPP_ENCRYPTION_KEY, the store's key
Each variable may end in _FILE and name a file with the key. Stop the service first, except for backup.`;

const REKEYINGS = ['encrypt', 'rekey', 'decrypt'] as const;
export type Rekeying = (typeof REKEYINGS)[number];

/** A call of the command. */
export type StoreCall =
  /** `file`: absolute path. */
  { readonly do: 'backup'; readonly file: string } | { readonly do: Rekeying };

/** @throws UsageError */
export function readArguments(args: readonly string[]): StoreCall {
  const { positionals } = parseCommandLine({ args: [...args], options: {}, allowPositionals: true }, USAGE);
  const [name, file, ...others] = positionals;
  if (name === 'backup' && file && others.length === 0) return { do: name, file: resolve(file) };
  const rekeying = REKEYINGS.find((known) => known === name);
  if (rekeying === undefined || file !== undefined) throw new UsageError(USAGE);
  return { do: rekeying };
}

/**
 * Returns the present and the new key of the store; null: not encrypted.
 * @throws UsageError when a variable is missing
 */
export function keysFor(
  rekeying: Rekeying,
  key: Uint8Array | undefined,
  newKey: Uint8Array | undefined,
): { readonly from: Uint8Array | null; readonly to: Uint8Array | null } {
  if (!key) throw new UsageError(USAGE, 'WHATSAPP_ENCRYPTION_KEY is not set.');
  if (rekeying === 'encrypt') return { from: null, to: key };
  if (rekeying === 'decrypt') return { from: key, to: null };
  if (!newKey) throw new UsageError(USAGE, 'WHATSAPP_NEW_ENCRYPTION_KEY is not set.');
  return { from: key, to: newKey };
}
