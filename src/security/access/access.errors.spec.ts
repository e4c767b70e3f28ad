import { describe, expect, it } from '@jest/globals';
import { RequestError } from '../../whatsapp/api/http/request.errors.js';
import { ApiErrors } from '../../whatsapp/api/openapi/api-errors.decorator.js';
import { CoreError, DomainError } from '../../whatsapp/domain/errors.js';
import { RateLimited, SecurityError } from './access.errors.js';

describe('errors with a declared code', () => {
  it('an error has the category of its code', () => {
    const errors = [
      new CoreError('busy', 'Too many calls wait.'),
      new RequestError('invalid_request', 'A field is unknown.'),
      new SecurityError('key_invalid', 'The key is not valid.'),
      new RateLimited(1_500),
    ];
    expect(errors.map(({ category }) => category)).toEqual([
      'too_many',
      'invalid',
      'unauthenticated',
      'too_many',
    ]);
    for (const error of errors) expect(error).toBeInstanceOf(DomainError);
  });

  it('an error has retryAfterMs only when it is temporary', () => {
    expect(new RateLimited(1_500).retryAfterMs).toBe(1_500);
    expect(new CoreError('busy', 'Too many calls wait.').retryAfterMs).toBeUndefined();
  });

  it('the types refuse a code that no table declares', () => {
    const uses = [
      // @ts-expect-error the core does not declare this code
      () => new CoreError('key_invalid', ''),
      // @ts-expect-error the HTTP edge does not declare this code
      () => new RequestError('no_such_code', ''),
      // @ts-expect-error the security layer does not declare this code
      () => new SecurityError('no_such_code', ''),
      // @ts-expect-error the module does not answer this code
      () => ApiErrors(['key_invalid', 'The key is not valid.']),
    ];
    expect(uses).toHaveLength(4);
  });
});
