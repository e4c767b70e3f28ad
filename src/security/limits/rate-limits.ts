import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { RateLimited } from '../access/access.errors.js';
import { sendError } from '../../whatsapp/api/http/domain-exception.filter.js';
import type { Clock } from '../../whatsapp/ports/clock.js';
import { clientAddress } from '../access/client-address.js';
import { clientNetwork } from './client-network.js';
import { MinuteCounter } from './minute-counter.js';
import type { Identity } from '../access/identity.js';
import { LogThrottle } from './log-throttle.js';
import { authenticationResultOf } from '../access/request-authentication.js';

/** How much is let through. 0: any amount. */
export interface Rates {
  readonly requestsPerMinute: number;
  readonly pairingsPerMinute: number;
}

/** Those who run the service ask how it is as often as they like. */
const NOT_COUNTED = /^\/health\/(live|ready)\/?$/i;

const ADVICE =
  ' If that is your proxy, name it in WHATSAPP_TRUSTED_PROXIES; give a key of its own to whatever asks often.';

/** What is counted, and which variable says how much of it is let through. */
interface Limit {
  readonly what: string;
  readonly variable: string;
  readonly counter: MinuteCounter;
}

/** By what somebody is counted, and what whoever reads the log knows them by. */
interface RateLimitedClient {
  readonly countedAs: string;
  readonly name: string;
  readonly isOneOfMany: boolean;
  /** What may be wrong, beside that they ask too often. */
  readonly advice?: string;
}

/**
 * How often somebody may ask within a minute, by key or, of those who show no valid key, by address. Minutes are not the
 * clock's: each begins with the first request that is counted in it. Who is over a limit is told to the log.
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

  /** Express middleware, before anything of a request is read: counts it, wherever it leads. */
  readonly track = (request: Request, response: Response, next: NextFunction): void => {
    if (!this.requests || NOT_COUNTED.test(request.path)) {
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

  private async count(limit: Limit, asker: RateLimitedClient): Promise<void> {
    try {
      await limit.counter.count(asker.countedAs, asker.isOneOfMany);
    } catch (error) {
      if (error instanceof RateLimited) this.logRefusal(limit, asker);
      throw error;
    }
  }

  private logRefusal(
    { what, variable, counter }: Limit,
    { countedAs, name, advice = '' }: RateLimitedClient,
  ): void {
    if (!this.logThrottle.shouldLog(`${what} ${countedAs}`)) return;
    this.logger.warn(
      `More than ${counter.perMinute} ${what} within a minute (${variable}) from ${name}: the rest is refused.${advice}`,
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
 * Counted apart: a page that somebody happens to visit must not use up what programs at the same address may ask. It cannot
 * leave out what browsers say of it.
 */
function isOfOtherSite({ headers }: Request): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

function limit(what: string, variable: string, perMinute: number): Limit | null {
  return perMinute === 0 ? null : { what, variable, counter: new MinuteCounter(perMinute) };
}
