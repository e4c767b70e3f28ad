import type { NestExpressApplication } from '@nestjs/platform-express';
import { filter, firstValueFrom, map } from 'rxjs';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import { PairingService } from '../../src/whatsapp/pairing.service.js';
import { SessionPool } from '../../src/whatsapp/session-pool.js';
import { answerQuestions } from '../support/answering.js';
import { machineMs } from '../support/clock.js';

/** Listens, and tells the bench what its clients could only poll for. */
export async function serveAndAnswer(app: NestExpressApplication): Promise<void> {
  const pairing = app.get(PairingService, { strict: false });
  const pool = app.get(SessionPool, { strict: false });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');

  answerQuestions({
    url: () => url,
    connectedAt: (account: string) => {
      const id = accountId(account);
      return firstValueFrom(
        pool.changes.pipe(
          filter((changed) => changed.accountId === id && pairing.status(id).status === 'connected'),
          map(machineMs),
        ),
      );
    },
  });
}
