import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

/*
 * The service against the simulator, for someone without a phone or a network: links an account while you watch, and
 * takes it down again. The service is the real one, started as `npm start` does; only WhatsApp is ours.
 */

const SERVICE = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const PHONE = '4915112345678';
const LOOK_MS = 1_500;

const started = performance.now();

function say(text: string): void {
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`);
}

const look = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

async function startService(simulator: WhatsappSimulator, dataDir: string): Promise<[ChildProcess, string]> {
  const service = spawn(process.execPath, [SERVICE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'demo',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'info',
      WHATSAPP_DATA_DIR: dataDir,
      WHATSAPP_SERVER_URL: simulator.url,
      WHATSAPP_SERVER_ROOT_KEY: simulator.rootKeyHex,
    },
  });
  const address = new Promise<string>((resolve, reject) => {
    createInterface({ input: service.stdout }).on('line', (line) => {
      const [found] = /http:\/\/[\d.]+:\d+(?=\/docs)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    service.once('exit', (code) => {
      reject(new Error(`the service ended with ${code}`));
    });
  });
  return [service, await address];
}

async function call(url: string, method = 'GET'): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method });
  const body = (await response.json()) as Record<string, unknown>;
  say(`${method} ${new URL(url).pathname} → ${response.status} ${JSON.stringify(body)}`);
  return body;
}

async function connected(api: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    const { status } = (await (await fetch(`${api}/status`)).json()) as { status: string };
    if (status === 'connected') return;
  }
  throw new Error('the service did not connect');
}

async function play(api: string, simulator: WhatsappSimulator): Promise<void> {
  await call(`${api}/pair`, 'POST');
  const drawn = await fetch(`${api}/pair/qr?format=text&waitMs=5000`);
  console.log(await drawn.text());
  say('This is what a person would scan with WhatsApp › Linked devices. The simulator’s phone does it now:');
  const code = await fetch(`${api}/pair/qr?format=json`);
  const { value } = (await code.json()) as { value: string };
  await look();
  const scanned = await simulator.scan({ qr: value, phone: PHONE });
  if (!scanned.paired) throw new Error(`the phone could not link: ${scanned.reason}`);
  say(`The phone shows a new linked device: ${scanned.deviceJid}`);
  say('WhatsApp ends the pairing connection (515); the service logs in with what it has stored.');
  if (!(await simulator.waitFor({ kind: 'online', phone: PHONE, connections: 1 }, 5_000))) {
    throw new Error('the service did not log in');
  }
  await connected(api);
  await call(`${api}/status`);
  await look();
  await call(`${api}/disconnect`, 'POST');
  await call(`${api}/status`);
  say('Logged out at WhatsApp, credentials deleted. Nothing is left on the phone.');
}

const simulator = await WhatsappSimulator.start();
const dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-demo-'));
say(`A WhatsApp of our own listens on ${simulator.url}.`);
const [service, address] = await startService(simulator, dataDir);
say(`The service is ready; Swagger UI would be at ${address}/docs.`);
try {
  await play(`${address}/api/whatsapp`, simulator);
} finally {
  const ended = once(service, 'exit');
  service.kill('SIGTERM');
  await ended;
  await simulator.stop();
  await rm(dataDir, { recursive: true, force: true });
}
say('Done.');
