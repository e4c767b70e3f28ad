import { createRequire } from 'node:module';
import { inspect } from 'node:util';

interface SessionRecords {
  createEntry(): object;
}

/** The one that Baileys uses; it is not a dependency of ours. */
const records = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/session_record.js',
) as SessionRecords;

/**
 * libsignal prints whole Signal sessions, private keys among them, to the console whenever it opens or closes one. From now on
 * such a session prints as a word, in all of the process. Repeating does nothing.
 */
export function redactLibsignalSessions(): void {
  const session = Object.getPrototypeOf(records.createEntry()) as object;
  Object.defineProperty(session, inspect.custom, { value: () => '<a Signal session>', configurable: true });
}
