import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { createApp } from './create-app.js';
import { ConfigInvalid, loadConfig } from './config/load-config.js';
import { redirectConsole } from './logging/redirect-console.js';
import { exitOnSignal, exitOnUncaughtException } from './server/exit-handlers.js';
import { InsecureBinding } from './security/guard/secure-binding.js';
import { StoreNotOpened } from './storage/sqlite/database/sqlite-database.errors.js';

const logger = new Logger('Service');

async function start(): Promise<void> {
  const config = loadConfig();
  exitOnUncaughtException();
  redirectConsole();
  // Until exitOnSignal is called, a signal ends the process at once. No session has started by then.
  const app = await createApp(config);
  exitOnSignal(app);
  await app.listen(config.PORT, config.HOST);
  const address = await app.getUrl();
  logger.log(`Ready. Open ${address} to link an account. The API documentation is at ${address}/docs.`);
}

/** Returns what to log: a sentence for an error that the operator can correct, any other error with its stack. */
function startFailure(error: unknown): unknown {
  if (error instanceof StoreNotOpened || error instanceof InsecureBinding) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE')
    return 'HOST and PORT name an address that another program listens on. Stop that program or change PORT.';
  return error.code === 'EADDRNOTAVAIL'
    ? 'HOST names an address that this machine does not have. Change HOST.'
    : error;
}

start().catch((error: unknown) => {
  // Without a valid configuration the format of the log is unknown.
  if (error instanceof ConfigInvalid) console.error(error.message);
  else logger.fatal(startFailure(error));
  process.exit(1);
});
