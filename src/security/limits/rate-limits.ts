import { createHmac, randomBytes } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../../whatsapp/domain/errors.js';
import { sendError } from '../../whatsapp/http/error-answer.js';
import { ApiKeys } from '../keys/api-keys.js';
import { clientAddress } from '../client-address.js';
import { clientNetwork } from './client-network.js';
import type { Identity } from '../domain/identity.js';
import { shownSecret } from '../shown-secret.js';

/** How much is let through. 0: any amount. */
export interface Rates {
  readonly requestsPerMinute: number;
  readonly pairingsPerMinute: number;
}

const MINUTE_S = 60;

/**
 * Addresses are counted in so many places, and more than one may fall into the same: a million of them cost no more memory
 * than these. The place depends on a secret, so that nobody can be counted with a victim on purpose.
 */
const PLACES = 65_536;

/** Those who run the service ask how it is as often as they like. */
const NOT_COUNTED = /^\/health\/(live|ready)\/?$/i;

/**
 * How often somebody may ask within a minute, by key or, of those who show no valid key, by address. Minutes are not the
 * clock's: each begins with the first request that is counted in it.
 */
export class RateLimits {
  readonly #placing = randomBytes(16);
  readonly #requests: RateLimiterMemory | null;
  readonly #pairings: RateLimiterMemory | null;

  constructor(
    { requestsPerMinute, pairingsPerMinute }: Rates,
    private readonly keys: ApiKeys,
  ) {
    this.#requests = limiter(requestsPerMinute);
    this.#pairings = limiter(pairingsPerMinute);
  }

  /** Express middleware, before anything of a request is read: counts those who show no valid key. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    if (!this.#requests || NOT_COUNTED.test(request.path) || this.showsKey(request)) {
      next();
      return;
    }
    this.count(this.#requests, this.placeOf(request)).then(
      () => {
        next();
      },
      (error: unknown) => {
        sendError(response, error);
      },
    );
  };

  /** Counts a call of the API once it is known who makes it. @throws RateLimited */
  async countCall({ kind, id }: Identity): Promise<void> {
    // All others were counted at the door.
    if (this.#requests && kind === 'key') await this.count(this.#requests, `key ${String(id)}`);
  }

  /** Counts the start of a pairing. @throws RateLimited */
  async countPairing({ kind, id }: Identity, request: Request): Promise<void> {
    if (!this.#pairings) return;
    await this.count(this.#pairings, kind === 'key' ? `key ${String(id)}` : this.placeOf(request));
  }

  private async count(limiter: RateLimiterMemory, whose: string): Promise<void> {
    try {
      await limiter.consume(whose);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new RateLimited(Math.min(refusal.msBeforeNext, MINUTE_S * 1_000));
    }
  }

  private showsKey({ headers }: Request): boolean {
    if (!this.keys.areRequired) return false;
    try {
      const shown = shownSecret(headers);
      return shown !== null && this.keys.isLive(shown);
    } catch {
      return false;
    }
  }

  private placeOf(request: Request): string {
    const network = clientNetwork(clientAddress(request) ?? '');
    const digest = createHmac('sha256', this.#placing).update(network).digest();
    return `place ${digest.readUInt32BE() % PLACES}`;
  }
}

function limiter(perMinute: number): RateLimiterMemory | null {
  return perMinute === 0 ? null : new RateLimiterMemory({ points: perMinute, duration: MINUTE_S });
}
