// Fault: libsignal 6.0.0 prints whole Signal sessions with private keys to the console when it opens or closes one.
// Remove when libsignal no longer prints sessions.

import { createRequire } from 'node:module';
import { inspect } from 'node:util';

interface SessionRecords {
  createEntry(): object;
}

/** The libsignal that Baileys uses; it is not a dependency of this package. */
const records = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/session_record.js',
) as SessionRecords;

/** Makes every Signal session in this process print as a short text without keys. Safe to repeat. */
export function redactLibsignalSessions(): void {
  const session = Object.getPrototypeOf(records.createEntry()) as object;
  Object.defineProperty(session, inspect.custom, { value: () => '<a Signal session>', configurable: true });
}
