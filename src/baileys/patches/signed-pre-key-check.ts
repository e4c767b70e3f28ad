// Fault: Baileys 7.0.0-rc14 sends a new signed pre-key to WhatsApp before it stores it, and never compares the two.
// Remove when `rotateSignedPreKey` stores the key first, or when Baileys checks the answer to `digest`.

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
 * Ensures that WhatsApp's copy of the signed pre-key is the stored one.
 * Baileys' `rotateSignedPreKey` sends a new key to WhatsApp first, and stores it when the answer arrives. If the
 * process ends in between, the private half of WhatsApp's key is lost, and first messages cannot be read. At every
 * login Baileys queries WhatsApp's copy (`digest`), but does not use the answer.
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
    // After a failure the next login finds the same difference.
    (socket.query({ tag: 'iq', attrs, content: [rotate] }) as Promise<unknown>).catch(() => undefined);
  });
}
