import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { DomainError } from '../../domain/errors.js';
import { assertSeesCodes, isOver, seesCodes, setCaller, whenOver, type Caller } from './caller.js';

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
      whenOver(requestOf({ over: end.signal }), ({ code }) => told.push(`${number} ${code}`));
    const letGo = Array.from({ length: 100 }, (_, number) => wait(number));
    expect(listeners()).toBe(1);
    for (const each of letGo) each();
    expect(listeners()).toBe(0);
    const first = wait(1);
    wait(2);
    wait(3);
    first();
    first();
    end.abort(new DomainError('key_expired', 'This key has expired.'));
    expect([told, listeners()]).toEqual([['2 key_expired', '3 key_expired'], 0]);
  });

  it('never comes for those who have none', () => {
    for (const caller of [null, {}]) {
      const request = requestOf(caller);
      whenOver(request, () => {
        throw new Error('nobody has ended');
      })();
      expect([isOver(request), seesCodes(request)]).toEqual([false, true]);
    }
  });

  it('takes the codes away, and says why', () => {
    const refusal = (caller: Caller): string | null => {
      const request = requestOf(caller);
      try {
        assertSeesCodes(request);
      } catch (error) {
        return seesCodes(request) ? 'and sees them' : (error as DomainError).code;
      }
      return seesCodes(request) ? null : 'and does not see them';
    };
    expect(refusal({ over: new AbortController().signal })).toBeNull();
    expect(refusal({ seesCodes: false })).toBe('scope_missing');
    expect(refusal({ seesCodes: () => false })).toBe('scope_missing');
    expect(refusal({ seesCodes: () => true })).toBeNull();
    const revoked = new DomainError('key_revoked', 'This key has been revoked.');
    expect(refusal({ over: AbortSignal.abort(revoked) })).toBe('key_revoked');
    expect(refusal({ over: AbortSignal.abort() })).toBe('account_forbidden');
  });
});
