import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { Request } from 'express';

/** Long enough that a page does not ask before each call, short enough to take an origin away again. Seconds. */
const PREFLIGHT_LIFE_S = 600;

const ALLOWED: Omit<CorsOptions, 'origin'> = {
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowedHeaders: ['Authorization', 'X-API-Key', 'Content-Type', 'Last-Event-ID'],
  exposedHeaders: ['Retry-After'],
  // Keys are headers: nothing that a browser adds by itself lets anybody in.
  credentials: false,
  maxAge: PREFLIGHT_LIFE_S,
};

type Answer = (error: Error | null, options: CorsOptions) => void;

/**
 * What pages of other sites may do: those of the origins that are named, all that a client may; others are not answered, their
 * preflights neither.
 * @param origins as browsers send them: `https://office.example.com`
 */
export function corsOptions(origins: readonly string[]): (request: Request, answer: Answer) => void {
  return ({ headers }, answer) => {
    const { origin } = headers;
    const isNamed = origin !== undefined && origins.includes(origin);
    answer(null, { ...ALLOWED, origin: isNamed ? [...origins] : false });
  };
}
