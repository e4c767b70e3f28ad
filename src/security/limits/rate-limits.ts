import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { RateLimited } from '../access/access.errors.js';
import { sendError } from '../../whatsapp/api/http/domain-exception.filter.js';
import type { Clock } from '../../whatsapp/ports/clock.js';
import { clientAddress } from '../access/client-request.js';
import { clientNetwork } from './client-network.js';
import { MinuteCounter } from './minute-counter.js';
import type { Identity } from '../access/identity.js';
import { LogThrottle } from './log-throttle.js';
import { authenticationResultOf } from '../access/request-authentication.js';

/** Permitted number of requests and of started pairings within a minute. 0: unlimited. */
export interface Rates {
  readonly requestsPerMinute: number;
  readonly pairingsPerMinute: number;
}

const ADVICE =
  ' If this address is your proxy, add it to WHATSAPP_TRUSTED_PROXIES. Give each busy client an API key of its own.';

/** One limit: what it counts, and the environment variable that sets it. */
interface Limit {
  readonly what: string;
  readonly variable: string;
  readonly counter: MinuteCounter;
}

/** A client as the limits count it. */
interface RateLimitedClient {
  readonly countedAs: string;
  /** Its name in the log. */
  readonly name: string;
  /** Whether the number of clients of this kind is unlimited. */
  readonly isOneOfMany: boolean;
  /** Advice for the operator, appended to the log line. */
  readonly advice?: string;
}

/**
 * Limits requests and started pairings in a minute. Clients with a valid key are counted by key, all others by address.
 * A minute begins with the first request that is counted in it. Refusals are logged.
 */
export class RateLimits {
  private readonly logger = new Logger('Security');
  private readonly requests: Limit | null;
  private readonly pairings: Limit | null;
  private readonly logThrottle: LogThrottle;

  constructor({ requestsPerMinute, pairingsPerMinute }: Rates, clock: Clock) {
    this.requests = limit('requests', 'WHATSAPP_REQUESTS_PER_MINUTE', requestsPerMinute);
    this.pairings = limit('pairings', 'WHATSAPP_PAIRINGS_PER_MINUTE', pairingsPerMinute);
    this.logThrottle = new LogThrottle(clock);
  }

  /** Express middleware. It counts every request to any path, before the body is read. */
  readonly track = (request: Request, response: Response, next: NextFunction): void => {
    if (!this.requests) {
      next();
      return;
    }
    this.count(
      this.requests,
      this.clientOf(authenticationResultOf(request)?.authentication?.by ?? null, request),
    ).then(
      () => {
        next();
      },
      (error: unknown) => {
        sendError(response, error);
      },
    );
  };

  /** Counts the start of a pairing. @throws RateLimited */
  async countPairing(by: Identity, request: Request): Promise<void> {
    if (this.pairings) await this.count(this.pairings, this.clientOf(by, request));
  }

  private async count(limit: Limit, client: RateLimitedClient): Promise<void> {
    try {
      await limit.counter.count(client.countedAs, client.isOneOfMany);
    } catch (error) {
      if (error instanceof RateLimited) this.logRefusal(limit, client);
      throw error;
    }
  }

  private logRefusal(
    { what, variable, counter }: Limit,
    { countedAs, name, advice = '' }: RateLimitedClient,
  ): void {
    if (!this.logThrottle.shouldLog(`${what} ${countedAs}`)) return;
    this.logger.warn(
      `More than ${counter.perMinute} ${what} within a minute (${variable}) from ${name}: further ones are refused.${advice}`,
    );
  }

  private clientOf(by: Identity | null, request: Request): RateLimitedClient {
    if (by?.kind === 'key') {
      return { countedAs: `key ${String(by.id)}`, name: `the key "${String(by.name)}"`, isOneOfMany: false };
    }
    const network = clientNetwork(clientAddress(request) ?? '');
    if (isOfOtherSite(request)) {
      const name = `pages of other sites in a browser at ${network}`;
      return { countedAs: `other sites ${network}`, name, isOneOfMany: true };
    }
    return { countedAs: network, name: `${network}, without a valid key`, isOneOfMany: true, advice: ADVICE };
  }
}

/**
 * Whether a page of another site sent the request. Such requests are counted apart, so that a web page cannot use up the
 * limit of programs at the same address. The page cannot remove this header, because the browser sets it.
 */
function isOfOtherSite({ headers }: Request): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

function limit(what: string, variable: string, perMinute: number): Limit | null {
  return perMinute === 0 ? null : { what, variable, counter: new MinuteCounter(perMinute) };
}
