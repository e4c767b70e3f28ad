import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Request } from 'express';
import { AuthFailureLog } from '../../../src/security/guard/auth-failure-log.js';
import { DomainError } from '../../../src/whatsapp/domain/errors.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';
import type { ErrorCode } from '../../../src/whatsapp/domain/errors.js';

let clock: StoppedClock;
let callers: AuthFailureLog;
let warn: jest.SpiedFunction<Logger['warn']>;

beforeEach(() => {
  clock = new StoppedClock();
  callers = new AuthFailureLog(clock);
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  warn.mockRestore();
});

function refuse(ip: string, code: ErrorCode = 'key_invalid'): number {
  const request = {
    method: 'GET',
    route: { path: '/api/whatsapp/status' },
    originalUrl: '/api/whatsapp/status?key=wak_secret',
    ip,
  };
  callers.record(request as unknown as Request, new DomainError(code, ''));
  return warn.mock.calls.length;
}

describe('callers who are not let in', () => {
  it('are told of in the log, without what they have sent', () => {
    refuse('::ffff:203.0.113.7');
    expect(warn.mock.calls).toEqual([
      [
        'Refused from 203.0.113.7: key_invalid at GET /api/whatsapp/status. See whether a client of yours shows a wrong or old key; more from there are not told for a minute.',
      ],
    ]);
  });

  it('are told of once a minute and address', () => {
    expect([refuse('203.0.113.7'), refuse('203.0.113.7'), refuse('203.0.113.8')]).toEqual([1, 1, 2]);
    clock.goTo(59_999);
    expect([refuse('203.0.113.7', 'key_missing'), refuse('203.0.113.9')]).toEqual([2, 3]);
    clock.goTo(60_000);
    expect([refuse('203.0.113.7'), refuse('203.0.113.8'), refuse('203.0.113.9')]).toEqual([4, 5, 5]);
  });

  it('cannot fill the log from ever new addresses', () => {
    for (let host = 0; host < 5_000; host++) refuse(`2001:db8::${host.toString(16)}`);
    expect(warn.mock.calls).toHaveLength(1_000);
    clock.goTo(60_000);
    expect(refuse('203.0.113.7')).toBe(1_001);
  });

  it('are none of those who were let in and may not do everything', () => {
    expect([refuse('203.0.113.7', 'scope_missing'), refuse('203.0.113.7', 'cross_site')]).toEqual([0, 0]);
  });
});
