import type { Request, RequestHandler } from 'express';

const HEALTH_ROUTES = /^\/health\/(live|ready)\/?$/i;

/**
 * Whether the request is a health check. Health checks are answered also during the shutdown, and no rate limit counts
 * them.
 */
export function isHealthCheck({ path }: Request): boolean {
  return HEALTH_ROUTES.test(path);
}

/** Returns a middleware that applies the given one to all requests except health checks. */
export function exceptHealthChecks(middleware: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (isHealthCheck(request)) next();
    else void middleware(request, response, next);
  };
}
