import { makeWASocket, useMultiFileAuthState } from '@whiskeysockets/baileys';
import type { WASocket } from '@whiskeysockets/baileys';
import { ControlClient } from '../../../simulator/control-client.js';

/*
 * Uses Baileys as its example does. Links a device to the simulator's phone, waits for the open connection, and keeps
 * the folder of `useMultiFileAuthState`. Arguments: folder, phone. Environment: SERVER_URL and CONTROL_URL.
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
    if (connection === 'open') void finish(socket, () => saved);
  });
}

/** Waits after `open`, because Baileys then still writes the session of its own LID. Ends the process. */
async function finish(socket: WASocket, saved: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  await saved();
  await socket.end(undefined);
  process.exit(0);
}

connect();
