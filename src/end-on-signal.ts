import type { INestApplication } from '@nestjs/common';

/**
 * SIGTERM and SIGINT end the service in good order, with exit code 0 (Nest's own shutdown hooks end it by the signal, which
 * supervisors take for a failure). A second signal ends it at once.
 */
export function endOnSignal(app: INestApplication): void {
  const end = (): void => {
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
}
