import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { answerParent } from './answer-parent.js';

/*
 * Opens connections and sends nothing over them. Runs in several processes, because one process may open only a limited
 * number of files. Sends a message when all connections are open. Answers each question with the number of connections
 * that are still open. Arguments: URL, number of connections.
 */

/** Below the length of a server's queue of connections that it has not accepted yet. */
const AT_ONCE = 200;

const [, , url = '', count = '0'] = process.argv;
const { hostname, port } = new URL(url);
const open = new Set<Socket>();

async function openConnection(): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.on('close', () => open.delete(socket));
  socket.resume();
  await once(socket, 'connect');
  open.add(socket);
}

for (let left = Number(count); left > 0; left -= AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, openConnection));
}
answerParent(() => open.size);
process.on('disconnect', () => process.exit());
process.send?.({ isReady: true });
