import { SERVER } from './stanza.js';

/** A country code, which never begins with 0, and the rest; E.164 has at most 15 digits. */
export const PHONE_NUMBER = /^[1-9]\d{4,14}$/;

/** A user by number or by LID, or one of its devices; 0 is the phone. */
export interface Jid {
  user: string;
  device: number;
  server: typeof SERVER | 'lid';
}

const JID = /^(\d{1,20})(?::(\d{1,3}))?@(s\.whatsapp\.net|lid)$/;

/** Undefined for what is no user: groups, broadcasts, newsletters, the server itself. */
export function parseJid(jid: string | undefined): Jid | undefined {
  const [, user, device, server] = JID.exec(jid ?? '') ?? [];
  if (user === undefined) return undefined;
  return {
    user,
    device: Number(device ?? 0),
    server: server === 'lid' ? 'lid' : SERVER,
  };
}
