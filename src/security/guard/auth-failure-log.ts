import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { clientAddress } from '../access/client-request.js';
import { clientNetwork } from '../limits/client-network.js';
import { LogThrottle } from '../limits/log-throttle.js';

/** Logs failed authentications. They are not in the audit trail, because any client could then fill the disk. */
@Injectable()
export class AuthFailureLog {
  private readonly logger = new Logger('Security');
  private readonly throttle: LogThrottle;

  constructor(clock: Clock) {
    this.throttle = new LogThrottle(clock);
  }

  /** Logs the failure if its status is 401, at most once a minute per network of clients. */
  record(request: Request, error: unknown): void {
    if (!(error instanceof DomainError) || error.category !== 'unauthenticated') return;
    const address = clientAddress(request) ?? 'an unknown address';
    const network = clientNetwork(address);
    if (!this.throttle.shouldLog(network)) return;
    const further = network === address ? 'this address' : network;
    const { path } = request.route as { readonly path: string };
    this.logger.warn(
      `Refused a request from ${address}: ${error.code} at ${request.method} ${path}. Further refusals of ${further} are not logged for a minute. Check whether one of your clients sends a wrong or old key.`,
    );
  }
}
