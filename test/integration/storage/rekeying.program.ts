/**
 * Gives the store another key, says at which step it is, and kills itself at one of them if it is told to.
 * Arguments: directory, the key that the store has and the one that it gets (hex, or `none`), a step or nothing.
 */
import { rekeyStore } from '../../../src/storage/sqlite/maintenance/store-rekey.js';

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
