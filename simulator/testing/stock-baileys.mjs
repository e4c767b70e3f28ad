// An unmodified Baileys with its state in memory. It prints one JSON line per event, and reads one JSON command per
// line. The simulator sends no history, so this client requests none: Baileys would wait 20 s for it. It runs in its own
// process, because Jest makes its crypto ten times slower and would wait for timers that Baileys leaves behind.
import { createInterface } from 'node:readline';
import { initAuthCreds, makeWASocket } from '@whiskeysockets/baileys';

const [url, browser] = process.argv.slice(2);
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
  socket = makeWASocket({
    waWebSocketUrl: url,
    auth: { creds, keys },
    logger: silent,
    shouldSyncHistoryMessage: () => false,
    ...(browser && { browser: JSON.parse(browser) }),
  });
  socket.ev.on('creds.update', (update) => Object.assign(creds, update));
  socket.ev.on('messages.upsert', ({ messages, type }) => {
    for (const { key, message, pushName, status } of messages) {
      const text = message?.extendedTextMessage?.text ?? message?.conversation;
      if (text === undefined) continue;
      say({ message: { text, type, pushName, status, chat: key.remoteJid, fromMe: key.fromMe } });
    }
  });
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) say({ update: { id: key.id, status: update.status } });
  });
  socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
    if (qr) say({ qr });
    if (connection === 'open') say({ open: socket.user });
    if (connection !== 'close') return;
    const code = lastDisconnect?.error?.output?.statusCode;
    say({ close: code });
    if (code === 515) connect();
    else if (code !== undefined) process.exit(0);
  });
}

const commands = {
  logout: () => socket.logout(),
  // Ends the socket and keeps the device linked, until `connect`.
  drop: () => socket.end(undefined),
  connect,
  send: async ({ to, text }) => {
    const { key } = await socket.sendMessage(to, { text });
    say({ sent: { id: key.id } });
  },
  lookUp: async ({ phones }) => say({ found: await socket.onWhatsApp(...phones) }),
  requestCode: async ({ phone }) => say({ code: await socket.requestPairingCode(phone) }),
  rotate: () => socket.rotateSignedPreKey(),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { command, ...rest } = JSON.parse(line);
  Promise.resolve(commands[command](rest)).catch((error) => say({ failed: String(error) }));
});
connect();
