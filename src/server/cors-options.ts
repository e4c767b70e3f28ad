import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { Request } from 'express';

/** How long browsers may cache a preflight, in seconds. The removal of an origin takes effect after at most this time. */
const PREFLIGHT_LIFE_S = 600;

const ALLOWED: Omit<CorsOptions, 'origin'> = {
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowedHeaders: [
    'Authorization',
    'X-API-Key',
    'Content-Type',
    'Last-Event-ID',
    'If-None-Match',
    'X-Requested-With',
    'Cache-Control',
  ],
  // `ETag`: a page waits for the next QR code with the tag of the code that it shows.
  exposedHeaders: ['Retry-After', 'ETag'],
  // Clients send keys in headers. The service accepts no credential that a browser adds automatically.
  credentials: false,
  maxAge: PREFLIGHT_LIFE_S,
};

type Callback = (error: Error | null, options: CorsOptions) => void;

/**
 * Returns the CORS options of a request. Pages of the given origins may call the API like any other client. Requests of
 * other origins, and their preflights, get no CORS headers, so browsers refuse the answers.
 * @param origins as browsers send them: `https://office.example.com`
 */
export function corsOptions(origins: readonly string[]): (request: Request, callback: Callback) => void {
  return ({ headers, res }, callback) => {
    const { origin } = headers;
    const isNamed = origin !== undefined && origins.includes(origin);
    // Otherwise a browser refuses to show a QR image to the page.
    if (isNamed) res?.setHeader('cross-origin-resource-policy', 'cross-origin');
    callback(null, { ...ALLOWED, origin: isNamed ? [...origins] : false });
  };
}
