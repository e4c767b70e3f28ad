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

describe('the end of a caller', () => {
  it('is waited for by any number, with one listener, and with none when nobody waits any more', () => {
    const end = new AbortController();
    const listeners = (): number => getEventListeners(end.signal, 'abort').length;
    const told: string[] = [];
    const wait = (number: number): (() => void) =>
      onRevoked(requestOf({ revoked: end.signal }), ({ code }) => told.push(`${number} ${code}`));
    const letGo = Array.from({ length: 100 }, (_, number) => wait(number));
    expect(listeners()).toBe(1);
    for (const each of letGo) each();
    expect(listeners()).toBe(0);
    const first = wait(1);
    wait(2);
    wait(3);
    first();
    first();
    end.abort(new DomainError('key_expired', 'unauthenticated', 'This key has expired.'));
    expect([told, listeners()]).toEqual([['2 key_expired', '3 key_expired'], 0]);
  });

  it('never comes for those who have none', () => {
    for (const caller of [null, {}]) {
      const request = requestOf(caller);
      onRevoked(request, () => {
        throw new Error('nobody has ended');
      })();
      expect([isRevoked(request), canSeeCodes(request)]).toEqual([false, true]);
    }
  });

  it('takes the codes away, and says why', () => {
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
