import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

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

/** What was called wrongly; the message says how it is right. */
export class UsageError extends Error {
  constructor(problem?: string) {
    super(problem === undefined ? USAGE : `${problem}\n${USAGE}`);
  }
}

/** @throws CalledWrongly */
export function readArguments(args: readonly string[]): StoreCall {
  const [name, file, ...others] = positionals(args);
  if (name === 'backup' && file && others.length === 0) return { do: name, file: resolve(file) };
  const rewriting = REKEYINGS.find((known) => known === name);
  if (rewriting === undefined || file !== undefined) throw new UsageError();
  return { do: rewriting };
}

/** The key that the store has and the one that it gets; null: none. @throws CalledWrongly when one is missing */
export function keysFor(
  rewriting: Rekeying,
  key: Uint8Array | undefined,
  newKey: Uint8Array | undefined,
): { readonly from: Uint8Array | null; readonly to: Uint8Array | null } {
  if (!key) throw new UsageError('WHATSAPP_ENCRYPTION_KEY is not set.');
  if (rewriting === 'encrypt') return { from: null, to: key };
  if (rewriting === 'decrypt') return { from: key, to: null };
  if (!newKey) throw new UsageError('WHATSAPP_NEW_ENCRYPTION_KEY is not set.');
  return { from: key, to: newKey };
}

function positionals(args: readonly string[]): string[] {
  try {
    return parseArgs({ args: [...args], options: {}, allowPositionals: true }).positionals;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
