import { makeWASocket, useMultiFileAuthState } from '@whiskeysockets/baileys';
import type { WASocket } from '@whiskeysockets/baileys';
import { ControlClient } from '../../../simulator/control-client.js';

/*
 * Baileys as its example uses it: links a device to the simulator's phone, waits until it is open, and leaves the folder
 * of `useMultiFileAuthState` behind. Arguments: folder, phone; SERVER_URL and CONTROL_URL in the environment.
 */
const [, , folder = '', phone = ''] = process.argv;
const control = new ControlClient(process.env['CONTROL_URL'] ?? '');
const { state, saveCreds } = await useMultiFileAuthState(folder);
const silent = {
  level: 'silent',
  child: () => silent,
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};

function connect(): void {
  const socket: WASocket = makeWASocket({
    auth: state,
    logger: silent,
    waWebSocketUrl: process.env['SERVER_URL'] ?? '',
  });
  let saved = Promise.resolve();
  socket.ev.on('creds.update', () => {
    saved = saved.then(saveCreds);
  });
  socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
    if (qr) void control.scan({ qr, phone });
    const code = (lastDisconnect?.error as { output?: { statusCode?: number } } | undefined)?.output
      ?.statusCode;
    if (connection === 'close' && code === 515) void saved.then(connect);
    if (connection === 'open') void settle(socket, () => saved);
  });
}

/** Its own LID session is written after `open`; the folder is complete when nothing has been written for a while. */
async function settle(socket: WASocket, saved: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  await saved();
  await socket.end(undefined);
  process.exit(0);
}

connect();
