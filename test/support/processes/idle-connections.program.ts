import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { answerParent } from './answer-parent.js';

/*
 * A child process that opens connections and says nothing on them: of so many, each process can have only a part.
 * URL COUNT. Tells its parent when all have been opened, and whenever asked how many are still open.
 */

/** No more than a server's queue of connections that it has not taken yet. */
const AT_ONCE = 200;

const [, , url = '', count = '0'] = process.argv;
const { hostname, port } = new URL(url);
const open = new Set<Socket>();

async function join(): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.on('close', () => open.delete(socket));
  socket.resume();
  await once(socket, 'connect');
  open.add(socket);
}

for (let left = Number(count); left > 0; left -= AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, join));
}
answerParent(() => open.size);
process.on('disconnect', () => process.exit());
process.send?.({ isReady: true });
