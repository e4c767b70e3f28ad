import { afterEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { logAccountEvent } from './account-event-log.js';
import { accountId } from '../domain/account-id.js';
import type { AccountEventType } from '../domain/account-event.js';

const lines: object[] = [];

function logged(type: AccountEventType, phone: string | null, showNumbers: boolean): object | undefined {
  const record = (line: object): number => lines.push(line);
  Logger.overrideLogger({ log: record, warn: record, error: record, debug: record });
  const id = accountId('sales');
  const status = { accountId: id, authExists: true, serviceConnected: true, servicePhone: phone };
  const event = { type, accountId: id, sequence: 1, at: new Date(0), reason: null };
  logAccountEvent({ ...event, status: { ...status, status: 'connected' } }, 2, showNumbers);
  return lines.pop();
}

afterEach(() => {
  Logger.overrideLogger(new ConsoleLogger());
});

describe('logAccountEvent', () => {
  it('the log line of a connection shows only the last two digits of the linked number', () => {
    expect({ ...logged('connected', '4915112345678', false) }).toMatchObject({
      message: 'connected',
      phone: '…78',
    });
  });

  it('the log line of a connection shows the whole number when the option is set', () => {
    expect(logged('connected', '4915112345678', true)).toMatchObject({ phone: '4915112345678' });
  });

  it('the log line of a connection has no number field when the number is unknown', () => {
    expect(logged('connected', null, true)).not.toHaveProperty('phone');
  });
});
