/*
 * The simulator as a program. Prints one line of JSON when it is ready: `url`, `rootKey` and `control` (README.md).
 * Ends on SIGTERM, SIGINT and SIGHUP, and with `--exit-with-parent` also when its stdin closes.
 */

import { parseArgs } from 'node:util';
import { WhatsappSimulator, type SimulatorOptions } from './whatsapp-simulator.js';

const NUMBERS = {
  port: 'port',
  'control-port': 'controlPort',
  'reference-count': 'referenceCount',
  'first-reference-ms': 'firstReferenceMs',
  'next-reference-ms': 'nextReferenceMs',
  'reference-grace-ms': 'referenceGraceMs',
  'most-devices': 'mostDevices',
  'most-wrong-codes': 'mostWrongCodes',
} as const satisfies Record<string, keyof SimulatorOptions>;

function readArguments(): { options: SimulatorOptions; exitWithParent: boolean } {
  const { 'exit-with-parent': exitWithParent, ...given } = parseArgs({
    options: {
      port: { type: 'string' },
      'control-port': { type: 'string' },
      'reference-count': { type: 'string' },
      'first-reference-ms': { type: 'string' },
      'next-reference-ms': { type: 'string' },
      'reference-grace-ms': { type: 'string' },
      'most-devices': { type: 'string' },
      'most-wrong-codes': { type: 'string' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  }).values;
  const options: SimulatorOptions = {};
  for (const [name, option] of Object.entries(NUMBERS)) {
    const text = given[name as keyof typeof NUMBERS];
    if (text === undefined) continue;
    if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`);
    options[option] = Number(text);
  }
  return { options, exitWithParent };
}

async function start(): Promise<void> {
  const { options, exitWithParent } = readArguments();
  const simulator = await WhatsappSimulator.start(options);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    process.stdin.destroy();
    void simulator.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  if (exitWithParent) process.stdin.on('end', stop).on('error', stop).resume();
  const { url, rootKeyHex: rootKey, controlUrl: control } = simulator;
  console.log(JSON.stringify({ url, rootKey, control }));
}

try {
  await start();
} catch (error) {
  console.error(`simulator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
