import type { Express, Request } from 'express';

/**
 * Lets Express answer 304 only where an answer has an `ETag` of its own, as the files of the page have. Without this Express
 * gives every answer of the API an `ETag`, and answers 304 to `If-None-Match: *`, although none of them may be cached.
 */
export function limitConditionalAnswers(express: Express): void {
  express.disable('etag');
  const { request } = express;
  const original = Object.getPrototypeOf(request) as object;
  Object.defineProperty(request, 'fresh', {
    get(this: Request): boolean {
      return this.res?.hasHeader('ETag') === true && Reflect.get(original, 'fresh', this) === true;
    },
  });
}
