/**
 * Logs a number of lines of about 1 KiB, then writes its process id to a file. On SIGTERM it logs one more line and
 * exits. Arguments: file, number of lines.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServiceLogger } from '../../../src/logging/service.logger.js';

const [file = '', lines] = process.argv.slice(2);
const LINES_PER_TURN = 16;
Logger.overrideLogger(new ServiceLogger({ level: 'info', json: true }));
const logger = new Logger('Program');
process.on('SIGTERM', () => {
  logger.log('last');
  process.exit(0);
});
for (let line = 0; line < Number(lines); line++) {
  logger.log(`${line} ${'x '.repeat(512)}`);
  if (line % LINES_PER_TURN === 0) await setImmediate();
}
writeFileSync(`${file}.new`, String(process.pid));
renameSync(`${file}.new`, file);
setInterval(() => undefined, 1_000);
