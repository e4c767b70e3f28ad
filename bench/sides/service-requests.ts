import type { NestExpressApplication } from '@nestjs/platform-express';
import { filter, firstValueFrom, map, skipWhile, startWith } from 'rxjs';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import { PairingService } from '../../src/whatsapp/pairing.service.js';
import { SessionPool } from '../../src/whatsapp/sessions/session-pool.js';
import { monotonicMs } from '../support/clock.js';
import { serveRequests } from '../support/request-handler.js';

/** Starts the HTTP server, and answers requests of the benchmark that an HTTP client could only poll for. */
export async function listenAndServeRequests(app: NestExpressApplication): Promise<void> {
  const pairing = app.get(PairingService, { strict: false });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');

  const changes = app
    .get(SessionPool, { strict: false })
    .changes.pipe(map((change): string => change.accountId));
  const isConnected = (account: string): boolean => pairing.status(accountId(account)).status === 'connected';

  serveRequests({
    url: () => url,
    shutDown: () => app.close(),
    allConnectedAt: (accounts: readonly string[]) => {
      const missing = new Set(accounts);
      return firstValueFrom(
        changes.pipe(
          startWith(...accounts),
          filter((changed) => isConnected(changed) && missing.delete(changed) && missing.size === 0),
          map(monotonicMs),
        ),
      );
    },
    reconnectedAt: (account: string) =>
      firstValueFrom(
        changes.pipe(
          filter((changed) => changed === account),
          map(() => isConnected(account)),
          skipWhile((connected) => connected),
          filter((connected) => connected),
          map(monotonicMs),
        ),
      ),
    connectedAt: (account: string) =>
      firstValueFrom(
        changes.pipe(
          filter((changed) => changed === account && isConnected(account)),
          map(monotonicMs),
        ),
      ),
  });
}
