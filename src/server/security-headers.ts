import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import helmet, { contentSecurityPolicy, crossOriginOpenerPolicy, strictTransportSecurity } from 'helmet';

export type Headers = readonly (readonly [name: string, value: string])[];
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const YEAR_S = 365 * 24 * 60 * 60;
const SWAGGER_UI = /^\/docs(\/|$)/i;

/** Helmet writes the same headers each time: it is asked once. */
function writtenBy(...middlewares: readonly Middleware[]): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  for (const middleware of middlewares) middleware(response.req, response, () => undefined);
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const);
}

/** Of answers that are no page: nothing in them runs or is fetched, wherever somebody opens them. */
const ANSWER = writtenBy(
  helmet({
    // Without Helmet's defaults: `upgrade-insecure-requests` would break plain http.
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

/** Swagger UI brings its styles within its page, and shows answers that are pictures. */
const DOCS = writtenBy(
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

/** Over https alone: on plain http browsers ignore them, the latter with a complaint. Other names are not ours to speak for. */
const SECURE = writtenBy(
  strictTransportSecurity({ maxAge: YEAR_S, includeSubDomains: false }),
  crossOriginOpenerPolicy(),
);

/** What goes with answers that no route gives. */
export const BARE_ANSWER_HEADERS = ANSWER;

/** Express middleware, to come before everything else; a page that is stricter with itself says so after it. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of ANSWER) response.setHeader(name, value);
  if (SWAGGER_UI.test(request.path)) for (const [name, value] of DOCS) response.setHeader(name, value);
  if (request.secure) for (const [name, value] of SECURE) response.setHeader(name, value);
  next();
}
