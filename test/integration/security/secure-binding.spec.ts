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

const HERE: BindAddress = { host: '127.0.0.1', isLoopback: true, allowsAnonymous: false };
const EVERYWHERE: BindAddress = { host: '0.0.0.0', isLoopback: false, allowsAnonymous: false };

let store: MemoryApiKeyStore;
let warn: jest.SpiedFunction<Logger['warn']>;

beforeEach(() => {
  store = new MemoryApiKeyStore();
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** What a service says when it starts on this store; it throws when it refuses to. */
async function start(exposure: BindAddress): Promise<string> {
  warn.mockClear();
  assertSecureBinding(await ApiKeys.open(store, new StoppedClock()), exposure);
  return warn.mock.calls.flat().join();
}

describe('protected mode', () => {
  it('listens on loopback without a key, and nowhere else', async () => {
    expect(await start(HERE)).toBe('');
    const refusal = start(EVERYWHERE);
    await expect(refusal).rejects.toThrow(InsecureBinding);
    await expect(refusal).rejects.toThrow(/^HOST names "0\.0\.0\.0".*npm run keys -- create NAME/);
  });

  it('listens anywhere when somebody insists, and says so at every start', async () => {
    for (const exposure of [EVERYWHERE, EVERYWHERE, HERE]) {
      expect(await start({ ...exposure, allowsAnonymous: true })).toContain(
        'Nobody has to prove who they are (WHATSAPP_ALLOW_ANONYMOUS=true)',
      );
    }
  });

  it('listens anywhere with a key, be it revoked, and who insists is told that it has no effect', async () => {
    const { hash } = makeSecret('wak');
    const key = keyOf({ name: 'crm', hash, scopes: SCOPES, accounts: null, lifetimeMs: null }, new Date());
    await store.add({ ...key, revokedAt: new Date() });
    expect(await start(EVERYWHERE)).toBe('');
    expect(await start({ ...EVERYWHERE, allowsAnonymous: true })).toContain(
      'WHATSAPP_ALLOW_ANONYMOUS=true has no effect',
    );
  });
});
