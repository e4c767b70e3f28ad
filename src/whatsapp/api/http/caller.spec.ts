import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { DomainError } from '../../domain/errors.js';
import { assertCanSeeCodes, isRevoked, canSeeCodes, setCaller, onRevoked, type Caller } from './caller.js';

function requestOf(caller: Caller | null): Request {
  const request = Object.create(null) as Request;
  if (caller) setCaller(request, caller);
  return request;
}

describe('the revocation of a caller', () => {
  it('many waits for a revocation share one listener of the signal, which is removed with the last wait', () => {
    const end = new AbortController();
    const listeners = (): number => getEventListeners(end.signal, 'abort').length;
    const notified: string[] = [];
    const wait = (number: number): (() => void) =>
      onRevoked(requestOf({ revoked: end.signal }), ({ code }) => notified.push(`${number} ${code}`));
    const removers = Array.from({ length: 100 }, (_, number) => wait(number));
    expect(listeners()).toBe(1);
    for (const remove of removers) remove();
    expect(listeners()).toBe(0);
    const first = wait(1);
    wait(2);
    wait(3);
    first();
    first();
    end.abort(new DomainError('key_expired', 'unauthenticated', 'This key has expired.'));
    expect([notified, listeners()]).toEqual([['2 key_expired', '3 key_expired'], 0]);
  });

  it('a caller without a revocation signal is never revoked', () => {
    for (const caller of [null, {}]) {
      const request = requestOf(caller);
      onRevoked(request, () => {
        throw new Error('the listener was called');
      })();
      expect([isRevoked(request), canSeeCodes(request)]).toEqual([false, true]);
    }
  });

  it('a revoked caller sees no codes and gets the reason of the revocation', () => {
    const refusal = (caller: Caller): string | null => {
      const request = requestOf(caller);
      try {
        assertCanSeeCodes(request);
      } catch (error) {
        return canSeeCodes(request) ? 'and sees them' : (error as DomainError).code;
      }
      return canSeeCodes(request) ? null : 'and does not see them';
    };
    expect(refusal({ revoked: new AbortController().signal })).toBeNull();
    expect(refusal({ canSeeCodes: false })).toBe('scope_missing');
    expect(refusal({ canSeeCodes: () => false })).toBe('scope_missing');
    expect(refusal({ canSeeCodes: () => true })).toBeNull();
    const revoked = new DomainError('key_revoked', 'unauthenticated', 'This key has been revoked.');
    expect(refusal({ revoked: AbortSignal.abort(revoked) })).toBe('key_revoked');
    expect(refusal({ revoked: AbortSignal.abort() })).toBe('account_forbidden');
  });
});
