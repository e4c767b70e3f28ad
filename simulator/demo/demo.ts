import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { DemoPhone } from './demo-phone.js';

/*
 * `npm run demo`: the real service against the simulator, without a phone and without a network. The user opens the
 * page in a browser; Enter in the terminal does what a user with a phone would do.
 */

const SERVICE = fileURLToPath(new URL('../../service/main.js', import.meta.url));

const print = (text: string): void => {
  console.log(text);
};

async function startService(simulator: WhatsappSimulator, dataDir: string): Promise<[ChildProcess, string]> {
  const service = spawn(process.execPath, [SERVICE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // No variables of the shell and no `.env` of the checkout: the service refuses the simulator's root key in
    // production, and the demo must not use the API keys of a real service.
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'demo',
      HOST: '127.0.0.1',
      PORT: process.env['PORT'] ?? '0',
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
      reject(new Error(`the service exited with ${code}`));
    });
  });
  return [service, await address];
}

/** Reads Enter keys until Ctrl-C or the end of the input. */
async function readCommands(phone: DemoPhone): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      lines.close();
    });
  }
  let done: Promise<unknown> = Promise.resolve();
  lines.on('line', () => {
    done = done
      .then(() => phone.performNextStep())
      .then(print, (error: unknown) => {
        print(`The step failed: ${String(error)}`);
      });
  });
  await once(lines, 'close');
  await done;
}

const simulator = await WhatsappSimulator.start();
const dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-demo-'));
const [service, address] = await startService(simulator, dataDir);
print(`
  Open  ${address}

  On the page, show a QR code, or request a code for any phone number. Then press Enter here: a simulated phone
  scans the QR code, or types the code. Press Enter again for the next account. WhatsApp is simulated on this
  machine (${simulator.url}); no phone and no network are needed.

  Ctrl-C ends the demo and removes its data.
`);
try {
  await readCommands(new DemoPhone(`${address}/api/whatsapp`, simulator));
} finally {
  if (service.exitCode === null && service.signalCode === null) {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  }
  await simulator.stop();
  await rm(dataDir, { recursive: true, force: true });
}
print('Done.');
