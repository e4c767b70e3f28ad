/**
 * Changes the key of the store and reports each step. Kills itself at a given step.
 * Arguments: directory, present key and new key (hex, or `none`), the step at which it kills itself or nothing.
 */
import { rekeyStore } from '../../../../src/storage/sqlite/maintenance/store-rekey.js';

const [dataDirectory = '', from = '', to = '', last] = process.argv.slice(2);
const keyOf = (text: string): Uint8Array | null => (text === 'none' ? null : Buffer.from(text, 'hex'));

await rekeyStore({
  dataDirectory,
  from: keyOf(from),
  to: keyOf(to),
  reached: (step) => {
    process.send?.(step);
    if (step === last) process.kill(process.pid, 'SIGKILL');
  },
});
if (process.connected) process.disconnect();
