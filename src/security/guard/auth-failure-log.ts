import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { clientAddress } from '../access/client-address.js';
import { LogThrottle } from '../limits/log-throttle.js';

/** Who was not let in is not in the audit trail, which nobody shall fill from outside: it is told to the log. */
@Injectable()
export class AuthFailureLog {
  private readonly logger = new Logger('Security');
  private readonly throttle: LogThrottle;

  constructor(clock: Clock) {
    this.throttle = new LogThrottle(clock);
  }

  /** @param error why; told are those that are answered with 401, once a minute and address. */
  record(request: Request, error: unknown): void {
    if (!(error instanceof DomainError) || error.category !== 'unauthenticated') return;
    const address = clientAddress(request) ?? 'an address that is gone';
    if (!this.throttle.shouldLog(address)) return;
    const { path } = request.route as { readonly path: string };
    this.logger.warn(
      `Refused from ${address}: ${error.code} at ${request.method} ${path}. See whether a client of yours shows a wrong or old key; more from there are not told for a minute.`,
    );
  }
}
