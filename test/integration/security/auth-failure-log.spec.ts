import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Request } from 'express';
import { AuthFailureLog } from '../../../src/security/guard/auth-failure-log.js';
import { SecurityError, type SecurityErrorCode } from '../../../src/security/access/access.errors.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

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

function refuse(ip: string, code: SecurityErrorCode = 'key_invalid'): number {
  const request = {
    method: 'GET',
    route: { path: '/api/whatsapp/status' },
    originalUrl: '/api/whatsapp/status?key=wak_secret',
    ip,
  };
  callers.record(request as unknown as Request, new SecurityError(code, ''));
  return warn.mock.calls.length;
}

describe('AuthFailureLog', () => {
  it('a failed authentication is logged without the data that the client sent', () => {
    refuse('::ffff:203.0.113.7');
    expect(warn.mock.calls).toEqual([
      [
        'Refused a request from 203.0.113.7: key_invalid at GET /api/whatsapp/status. Further refusals of this address are not logged for a minute. Check whether one of your clients sends a wrong or old key.',
      ],
    ]);
  });

  it('failed authentications are logged once a minute per address', () => {
    expect([refuse('203.0.113.7'), refuse('203.0.113.7'), refuse('203.0.113.8')]).toEqual([1, 1, 2]);
    clock.goTo(59_999);
    expect([refuse('203.0.113.7', 'key_missing'), refuse('203.0.113.9')]).toEqual([2, 3]);
    clock.goTo(60_000);
    expect([refuse('203.0.113.7'), refuse('203.0.113.8'), refuse('203.0.113.9')]).toEqual([4, 5, 5]);
  });

  it('a client with ever new addresses cannot fill the log', () => {
    for (let host = 0; host < 5_000; host++) refuse(`2001:db8:0:${host.toString(16)}::1`);
    expect(warn.mock.calls).toHaveLength(1_000);
    clock.goTo(60_000);
    expect(refuse('203.0.113.7')).toBe(1_001);
  });

  it('failed authentications from one IPv6 network are logged once a minute', () => {
    for (let host = 1; host < 100; host++) refuse(`2001:db8::${host.toString(16)}`);
    expect(warn.mock.calls).toHaveLength(1);
    expect(warn.mock.calls[0]?.[0]).toContain('from 2001:db8::1: key_invalid');
    expect(warn.mock.calls[0]?.[0]).toContain('Further refusals of 2001:db8:0:0::/64 are');
  });

  it('a refusal of an authenticated caller is not logged', () => {
    expect([refuse('203.0.113.7', 'scope_missing'), refuse('203.0.113.7', 'cross_site')]).toEqual([0, 0]);
  });
});
