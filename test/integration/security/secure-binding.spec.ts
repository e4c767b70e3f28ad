import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiKeys } from '../../../src/security/keys/api-keys.js';
import { keyOf } from '../../../src/security/keys/key-request.js';
import {
  assertSecureBinding,
  type BindAddress,
  InsecureBinding,
} from '../../../src/security/guard/secure-binding.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';
import { MemoryApiKeyStore } from '../../contract/memory/memory-api-keys.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

const LOOPBACK: BindAddress = { host: '127.0.0.1', isLoopback: true, allowsAnonymous: false };
const ALL_INTERFACES: BindAddress = { host: '0.0.0.0', isLoopback: false, allowsAnonymous: false };

let store: MemoryApiKeyStore;
let warn: jest.SpiedFunction<Logger['warn']>;

beforeEach(() => {
  store = new MemoryApiKeyStore();
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Returns the warnings of a start on this store; rejects when the start is refused. */
async function start(address: BindAddress): Promise<string> {
  warn.mockClear();
  assertSecureBinding(await ApiKeys.open(store, new StoppedClock()), address);
  return warn.mock.calls.flat().join();
}

describe('assertSecureBinding', () => {
  it('a service without a key listens only on loopback', async () => {
    expect(await start(LOOPBACK)).toBe('');
    const refusal = start(ALL_INTERFACES);
    await expect(refusal).rejects.toThrow(InsecureBinding);
    await expect(refusal).rejects.toThrow(/^HOST names "0\.0\.0\.0".*npm run keys -- create NAME/);
  });

  it('a service that permits anonymous calls listens on any address, and logs a warning at every start', async () => {
    for (const address of [ALL_INTERFACES, ALL_INTERFACES, LOOPBACK]) {
      expect(await start({ ...address, allowsAnonymous: true })).toContain(
        'Anonymous calls are permitted (WHATSAPP_ALLOW_ANONYMOUS=true)',
      );
    }
  });

  it('a service with a key, even a revoked one, listens on any address, and logs that WHATSAPP_ALLOW_ANONYMOUS has no effect', async () => {
    const { hash } = makeSecret('wak');
    const key = keyOf({ name: 'crm', hash, scopes: SCOPES, accounts: null, lifetimeMs: null }, new Date());
    await store.add({ ...key, revokedAt: new Date() });
    expect(await start(ALL_INTERFACES)).toBe('');
    expect(await start({ ...ALL_INTERFACES, allowsAnonymous: true })).toContain(
      'WHATSAPP_ALLOW_ANONYMOUS=true has no effect',
    );
  });
});
