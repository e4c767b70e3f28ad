import { parseArgs } from 'node:util';
import { WhatsappSimulator } from './whatsapp-simulator.js';
import type { SimulatorOptions } from './whatsapp-simulator.js';

const NUMBERS = {
  port: 'port',
  'control-port': 'controlPort',
  'reference-count': 'referenceCount',
  'first-reference-ms': 'firstReferenceMs',
  'next-reference-ms': 'nextReferenceMs',
  'reference-grace-ms': 'referenceGraceMs',
  'most-devices': 'mostDevices',
} as const satisfies Record<string, keyof SimulatorOptions>;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    'control-port': { type: 'string' },
    'reference-count': { type: 'string' },
    'first-reference-ms': { type: 'string' },
    'next-reference-ms': { type: 'string' },
    'reference-grace-ms': { type: 'string' },
    'most-devices': { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});

const options: SimulatorOptions = {};
for (const [name, option] of Object.entries(NUMBERS)) {
  const given = values[name as keyof typeof NUMBERS];
  if (given === undefined) continue;
  if (!/^\d+$/.test(given)) throw new Error(`--${name} has to be a whole number, not "${given}"`);
  options[option] = Number(given);
}

const simulator = await WhatsappSimulator.start(options);

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  process.stdin.destroy();
  void simulator.stop();
};
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
if (values['exit-with-parent']) process.stdin.on('end', stop).on('error', stop).resume();

console.log(
  JSON.stringify({ url: simulator.url, rootKey: simulator.rootKeyHex, control: simulator.controlUrl }),
);
