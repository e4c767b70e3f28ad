import {
  getBinaryNodeChild,
  S_WHATSAPP_NET,
  xmppSignedPreKey,
  type AuthenticationCreds,
  type BinaryNode,
  type WASocket,
} from '@whiskeysockets/baileys';

function idOf(digest: BinaryNode): number | null {
  const { content } = getBinaryNodeChild(getBinaryNodeChild(digest, 'skey'), 'id') ?? {};
  return content instanceof Uint8Array && content.length > 0
    ? content.reduce((number, byte) => number * 256 + byte, 0)
    : null;
}

/**
 * Sees to it that the signed pre-key that WhatsApp gives to others is the one that is stored. `rotateSignedPreKey` of
 * Baileys tells WhatsApp of a new one first and stores it when the answer arrives: a process that dies in between leaves
 * WhatsApp with a key whose private half nobody has, and first messages that cannot be read. At every login Baileys asks
 * what WhatsApp has (`digest`) and looks at nothing in the answer.
 */
export function checkSignedPreKey(
  socket: WASocket,
  credentials: Pick<AuthenticationCreds, 'signedPreKey'>,
): void {
  socket.ws.on('CB:iq,,digest', (answer: BinaryNode) => {
    const digest = getBinaryNodeChild(answer, 'digest');
    const known = digest && idOf(digest);
    if (known === undefined || known === null || known === credentials.signedPreKey.keyId) return;
    const rotate = { tag: 'rotate', attrs: {}, content: [xmppSignedPreKey(credentials.signedPreKey)] };
    const attrs = { to: S_WHATSAPP_NET, type: 'set', xmlns: 'encrypt' };
    // If it does not get through, the next login finds the same.
    (socket.query({ tag: 'iq', attrs, content: [rotate] }) as Promise<unknown>).catch(() => undefined);
  });
}
