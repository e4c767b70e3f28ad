import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { format } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { redactLibsignalSessions } from './redact-libsignal-sessions.js';

interface Session {
  currentRatchet: unknown;
  indexInfo: { closed: number; rootKey: Buffer };
}

interface SessionRecord {
  closeSession(session: Session): void;
}

const records = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/session_record.js',
) as { new (): SessionRecord; createEntry(): Session };

afterEach(() => {
  jest.restoreAllMocks();
});

describe('redactLibsignalSessions', () => {
  it('a Signal session that libsignal prints when it closes it shows no key', () => {
    let printed = '';
    jest.spyOn(console, 'info').mockImplementation((...parts: unknown[]) => {
      printed += format(...parts);
    });
    const rootKey = randomBytes(32);
    const close = (): void => {
      const session = records.createEntry();
      session.currentRatchet = { rootKey };
      session.indexInfo = { closed: -1, rootKey };
      new records().closeSession(session);
    };
    close();
    expect(printed).toContain(format(rootKey).slice(8, 40));
    printed = '';
    redactLibsignalSessions();
    close();
    expect(printed).toBe('Closing session: <a Signal session>');
  });
});
