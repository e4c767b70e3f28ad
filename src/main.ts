import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { createApp } from './create-app.js';
import { ConfigInvalid, loadConfig } from './config/load-config.js';
import { redirectConsole } from './logging/redirect-console.js';
import { exitOnUncaughtException } from './server/exit-on-uncaught-exception.js';
import { exitOnSignal } from './server/exit-on-signal.js';
import { InsecureBinding } from './security/guard/secure-binding.js';
import { StoreNotOpened } from './storage/sqlite/database/sqlite-database.errors.js';

const logger = new Logger('Service');

async function start(): Promise<void> {
  const config = loadConfig();
  exitOnUncaughtException();
  redirectConsole();
  // Until here a signal ends the process by itself: nothing has begun yet.
  const app = await createApp(config);
  exitOnSignal(app);
  await app.listen(config.PORT, config.HOST);
  const address = await app.getUrl();
  logger.log(`Ready. Open ${address} to link an account; its API is described at ${address}/docs.`);
}

/** What the person who starts the service can act on is told as a sentence; anything else is a fault of ours and needs its stack. */
function told(error: unknown): unknown {
  if (error instanceof StoreNotOpened || error instanceof InsecureBinding) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') return 'HOST and PORT name an address that another program listens on.';
  return error.code === 'EADDRNOTAVAIL' ? 'HOST names an address that this machine does not have.' : error;
}

start().catch((error: unknown) => {
  // How to log is part of the configuration.
  if (error instanceof ConfigInvalid) console.error(error.message);
  else logger.fatal(told(error));
  process.exit(1);
});
