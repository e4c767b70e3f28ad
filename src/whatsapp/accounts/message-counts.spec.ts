import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AccountId } from '../domain/account-id.js';
import { MessageCounts } from './message-counts.js';

const ACCOUNT = 'sales' as AccountId;
const READ = { isReadable: true, isBroadcast: false };
const UNREAD = { isReadable: false, isBroadcast: false };
const UNREAD_STATUS = { isReadable: false, isBroadcast: true };

describe('MessageCounts', () => {
  let counts: MessageCounts;
  let warn: jest.SpiedFunction<Logger['warn']>;

  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    counts = new MessageCounts();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  function count(...messages: (typeof READ)[]): boolean[] {
    return messages.map((message) => counts.count(ACCOUNT, message));
  }

  it('an account counts as unable to read from the fifth unreadable message in a row on, and is logged once', () => {
    expect(count(UNREAD, UNREAD, UNREAD, UNREAD)).toEqual([false, false, false, false]);
    expect(counts.readsNothing(ACCOUNT)).toBe(false);
    expect(count(UNREAD, UNREAD)).toEqual([true, false]);
    expect(counts.readsNothing(ACCOUNT)).toBe(true);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(count(READ, READ)).toEqual([true, false]);
    expect(counts.readsNothing(ACCOUNT)).toBe(false);
    expect(counts.unreadable(ACCOUNT)).toBe(6);
  });

  it('unreadable status updates and newsletters are counted, and do not make an account unable to read', () => {
    count(...Array.from({ length: 20 }, () => UNREAD_STATUS));
    expect([counts.unreadable(ACCOUNT), counts.readsNothing(ACCOUNT)]).toEqual([20, false]);
    expect(count(UNREAD, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD_STATUS)[4]).toBe(true);
    expect(counts.readsNothing(ACCOUNT)).toBe(true);
  });

  it('a forgotten account starts at zero, and the total of all accounts never decreases', () => {
    count(UNREAD, UNREAD);
    counts.count('other' as AccountId, UNREAD);
    counts.forget(ACCOUNT);
    expect([counts.unreadable(ACCOUNT), counts.total]).toEqual([0, 3]);
  });
});
