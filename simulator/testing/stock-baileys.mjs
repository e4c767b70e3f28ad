// An unmodified Baileys with its state in memory, driven over stdin and stdout: one JSON line for every event, one
// command (`logout`) a line. In a process of its own, because Jest makes its crypto ten times slower and would wait
// for the timers that it leaves behind.
import { createInterface } from 'node:readline';
import { initAuthCreds, makeWASocket } from '@whiskeysockets/baileys';

const [url] = process.argv.slice(2);
const say = (event) => console.log(JSON.stringify(event));
const silent = {
  level: 'silent',
  child: () => silent,
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};

const creds = initAuthCreds();
const stored = {};
const keys = {
  get: (type, ids) => Object.fromEntries(ids.map((id) => [id, stored[type]?.[id]]).filter(([, key]) => key)),
  set: (data) => {
    for (const [type, entries] of Object.entries(data)) stored[type] = { ...stored[type], ...entries };
  },
};

let socket;
function connect() {
  socket = makeWASocket({ waWebSocketUrl: url, auth: { creds, keys }, logger: silent });
  socket.ev.on('creds.update', (update) => Object.assign(creds, update));
  socket.ev.on('connection.update', ({ connection, qr, lastDisconnect, receivedPendingNotifications }) => {
    if (qr) say({ qr });
    if (receivedPendingNotifications) say({ caughtUp: true });
    if (connection === 'open') say({ open: socket.user });
    if (connection !== 'close') return;
    const code = lastDisconnect?.error?.output?.statusCode;
    say({ close: code });
    if (code === 515) connect();
    else process.exit(0);
  });
}

createInterface({ input: process.stdin }).on('line', (command) => {
  if (command === 'logout') void socket.logout();
});
connect();
