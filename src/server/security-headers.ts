import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import helmet, { contentSecurityPolicy, crossOriginOpenerPolicy, strictTransportSecurity } from 'helmet';

export type Headers = readonly (readonly [name: string, value: string])[];
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const YEAR_S = 365 * 24 * 60 * 60;
const SWAGGER_UI = /^\/docs(\/|$)/i;

/**
 * Returns the headers that middlewares of Helmet write. They are the same for every request, so they are computed once.
 */
function headersOf(...middlewares: readonly Middleware[]): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  for (const middleware of middlewares) middleware(response.req, response, () => undefined);
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const);
}

/** Headers of answers that are not pages. A browser that opens such an answer runs no code and fetches nothing. */
const ANSWER = headersOf(
  helmet({
    // Helmet's defaults contain `upgrade-insecure-requests`, which would break plain http.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
  }),
);

/** Headers of Swagger UI, which has inline styles and shows answers that are images. */
const DOCS = headersOf(
  contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  }),
);

/**
 * Headers for https only. On plain http browsers ignore both, and warn about `Cross-Origin-Opener-Policy`. Subdomains are
 * not included, because they may belong to other services.
 */
const SECURE = headersOf(
  strictTransportSecurity({ maxAge: YEAR_S, includeSubDomains: false }),
  crossOriginOpenerPolicy(),
);

/** Headers of answers that the service writes without Express. */
export const BARE_ANSWER_HEADERS = ANSWER;

/** Express middleware that sets the security headers. Must come first; a stricter page sets its own headers later. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of ANSWER) response.setHeader(name, value);
  if (SWAGGER_UI.test(request.path)) for (const [name, value] of DOCS) response.setHeader(name, value);
  if (request.secure) for (const [name, value] of SECURE) response.setHeader(name, value);
  next();
}
