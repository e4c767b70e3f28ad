import { constants } from 'node:os';
import { Logger } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Shutdown } from './shutdown.js';

/** A supervisor that asks politely waits 10 s (Docker) or longer before it kills. */
const DEADLINE_MS = 9_000;

/**
 * SIGTERM and SIGINT end the service in good order, with exit code 0 (Nest's own shutdown hooks end it by the signal, which
 * supervisors take for a failure). After 9 s it ends all the same, with exit code 1. A second signal of either kind ends it at
 * once, with 128 and the number of that signal (143, 130). The store is made to be left at any instant.
 */
export function exitOnSignal(app: INestApplication): void {
  const logger = new Logger('Service');
  const shutdown = app.get(Shutdown, { strict: false });
  let signals = 0;
  const end = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (signals++ > 0) {
      logger.log(`${signal} while shutting down: ends at once. Still open: ${shutdown.pending}.`);
      process.exit(128 + constants.signals[signal]);
    }
    logger.log(`${signal}: shutting down. The links stay.`);
    const started = performance.now();
    setTimeout(() => {
      logger.error(
        `Not shut down after ${DEADLINE_MS / 1000} s: ends all the same. Still open: ${shutdown.pending}. Nothing that was stored is lost; look after the disk if it was the store.`,
      );
      process.exit(1);
    }, DEADLINE_MS);
    shutdown.start();
    app.close().then(
      () => {
        logger.log(`Shut down in ${Math.round(performance.now() - started)} ms.`);
        process.exit(0);
      },
      (error: unknown) => {
        logger.error('The shutdown failed; please report this.', error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
}
