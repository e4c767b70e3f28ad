import { resolve } from 'node:path';
import { parseCommandLine, UsageError } from './command-line.js';

export const USAGE = `Usage: npm run store -- backup FILE
       npm run store -- encrypt   with WHATSAPP_ENCRYPTION_KEY, from then on the store's key
       npm run store -- rekey     with WHATSAPP_ENCRYPTION_KEY, and WHATSAPP_NEW_ENCRYPTION_KEY in place of it
       npm run store -- decrypt   with WHATSAPP_ENCRYPTION_KEY, the key that the store has
Each of these variables may end in _FILE and name a file instead. The service must be stopped for all but backup.`;

const REKEYINGS = ['encrypt', 'rekey', 'decrypt'] as const;
export type Rekeying = (typeof REKEYINGS)[number];

/** What the command is to do. */
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

/** Returns the key that the store has and the one that it gets; null: none. @throws UsageError when one is missing */
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
