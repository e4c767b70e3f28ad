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
 * The service against the simulator, for someone without a phone or a network: the page is opened in a browser, and Enter
 * is what somebody with a phone would do. The service is the real one, started as `npm start` does; only WhatsApp is ours.
 */

const SERVICE = fileURLToPath(new URL('../../service/main.js', import.meta.url));

const print = (text: string): void => {
  console.log(text);
};

async function startService(simulator: WhatsappSimulator, dataDir: string): Promise<[ChildProcess, string]> {
  const service = spawn(process.execPath, [SERVICE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Neither the shell's variables nor a `.env` of the checkout: in production nobody would believe the simulator, and
    // keys of somebody's real service are none of the demo's business.
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
      reject(new Error(`the service ended with ${code}`));
    });
  });
  return [service, await address];
}

/** Until the person has had enough: Ctrl-C, or the end of the input. */
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
        print(`That did not work: ${String(error)}`);
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

  There, show a QR code, or ask for a code for any phone number. Then come back here and press Enter: a phone
  scans the QR code that is on the page, or somebody types the code that is there. Enter again does the same for
  the next account. WhatsApp is played on this machine (${simulator.url}); no phone and no network are needed.

  Ctrl-C ends it, and leaves nothing behind.
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
