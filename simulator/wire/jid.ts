import { SERVER } from './stanza.js';

export const STATUS_JID = 'status@broadcast';
/** A phone number in E.164 without `+`: a country code never begins with 0, and there are at most 15 digits. */
export const PHONE_NUMBER = /^[1-9]\d{4,14}$/;

/** The address of a user, by number or by LID, or of one of the user's devices. Device 0 is the phone. */
interface Jid {
  user: string;
  device: number;
  server: typeof SERVER | 'lid';
}

const JID = /^(\d{1,20})(?::(\d{1,3}))?@(s\.whatsapp\.net|lid)$/;

/** Returns undefined when the JID is not a user: a group, a broadcast list, a newsletter or the server itself. */
export function parseJid(jid: string | undefined): Jid | undefined {
  const [, user, device, server] = JID.exec(jid ?? '') ?? [];
  if (user === undefined) return undefined;
  return {
    user,
    device: Number(device ?? 0),
    server: server === 'lid' ? 'lid' : SERVER,
  };
}

/** Whether the JID is that of status updates or of a newsletter. */
export function isBroadcastJid(jid: string | undefined): boolean {
  return jid === STATUS_JID || (jid?.endsWith('@newsletter') ?? false);
}
