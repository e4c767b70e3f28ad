import { beforeEach, describe, expect, it } from '@jest/globals';
import { AccountDirectory } from './account-directory.js';
import { accountId } from './domain/account-id.js';
import type { AccountId } from './domain/account-id.js';
import type { Failure } from './domain/failure.js';
import type { AuthStateStore } from './ports/auth-state.store.js';
import type { ConfigRepository } from './ports/config.repository.js';
import type { WhatsappGateway } from './ports/whatsapp.gateway.js';

const FAILURE: Failure = { code: 'timed_out', message: 'Nobody answered.', userAction: 'retry_later' };
const account = (number: number): AccountId => accountId(`account-${number}`);

describe('the directory of accounts', () => {
  let directory: AccountDirectory;

  beforeEach(() => {
    // Nothing below asks the ports: what is known is in memory.
    directory = new AccountDirectory(
      undefined as unknown as AuthStateStore,
      undefined as unknown as ConfigRepository,
      undefined as unknown as WhatsappGateway,
    );
  });

  it('remembers the failures of a thousand accounts that are not linked, and forgets the oldest first', () => {
    for (let number = 0; number < 1_001; number += 1) directory.fail(account(number), FAILURE);
    expect(directory.failure(account(0))).toBeNull();
    expect(directory.failure(account(1))).toEqual(FAILURE);
    expect(directory.failure(account(1_000))).toEqual(FAILURE);
  });

  it('takes a failure that happens again for the newest', () => {
    for (let number = 0; number < 1_000; number += 1) directory.fail(account(number), FAILURE);
    directory.fail(account(0), FAILURE);
    directory.fail(account(1_000), FAILURE);
    expect(directory.failure(account(0))).toEqual(FAILURE);
    expect(directory.failure(account(1))).toBeNull();
  });

  it('never forgets the failure of a linked account for others', () => {
    const linked = accountId('linked');
    directory.link(linked, '4915100000000');
    directory.fail(linked, FAILURE);
    for (let number = 0; number < 1_001; number += 1) directory.fail(account(number), FAILURE);
    expect(directory.failure(linked)).toEqual(FAILURE);
    expect(directory.isLinked(linked)).toBe(true);
  });

  it('knows nothing wrong of an account that has just been linked, or cleared', () => {
    directory.fail(account(1), FAILURE);
    directory.link(account(1), '4915100000000');
    directory.fail(account(2), FAILURE);
    directory.clearFailure(account(2));
    expect([directory.failure(account(1)), directory.failure(account(2))]).toEqual([null, null]);
  });
});
