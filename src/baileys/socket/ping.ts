import { DEF_TAG_PREFIX, S_WHATSAPP_NET } from '@whiskeysockets/baileys';
import type { WASocket } from '@whiskeysockets/baileys';

/**
 * The question of Baileys' own keep-alive. Any answer will do, an error too: somebody listens.
 * @returns stops listening for the answer
 */
export function sendPing(socket: WASocket, answered: () => void): () => void {
  const id = socket.generateMessageTag();
  const answer = `${DEF_TAG_PREFIX}${id}`;
  socket.ws.once(answer, answered);
  socket
    .sendNode({
      tag: 'iq',
      attrs: { id, to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' },
      content: [{ tag: 'ping', attrs: {} }],
    })
    // Not sent is not answered.
    .catch(() => undefined);
  return () => {
    socket.ws.off(answer, answered);
  };
}
