import { beforeAll, describe, expect, it } from '@jest/globals';
import { ApiKeys } from '../../../src/security/keys/api-keys.js';
import { keyOf } from '../../../src/security/keys/key-request.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';
import { MemoryApiKeyStore } from '../../contract/memory/memory-api-keys.js';
import { ALIKE, ratioOfTimes } from '../../support/ratio-of-times.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

describe('timing of refused API keys', () => {
  const CALLS = 100;

  let keys: ApiKeys;
  let right: string;
  beforeAll(async () => {
    keys = await ApiKeys.open(new MemoryApiKeyStore(), new StoppedClock());
    const { hash, text } = makeSecret('wak');
    right = text;
    await keys.add(
      keyOf({ name: 'crm', hash, scopes: SCOPES, accounts: null, lifetimeMs: null }, new Date()),
    );
  });

  function msOf(text: string, calls = CALLS): number {
    const startMs = performance.now();
    for (let call = 0; call < calls; call++) {
      try {
        keys.authenticate(text);
      } catch {
        continue;
      }
    }
    return performance.now() - startMs;
  }

  const wrongAt = (index: number): string =>
    right.slice(0, index) + (right[index] === 'A' ? 'B' : 'A') + right.slice(index + 1);

  it.each([
    ['whether an id exists', () => wrongAt(20), () => makeSecret('wak').text],
    ['how much of a secret is correct', () => wrongAt(13), () => wrongAt(right.length - 2)],
  ])('the time of a refusal does not reveal %s', async (_, one, other) => {
    const [oneKey, otherKey] = [one(), other()];
    const { low, high } = await ratioOfTimes(
      () => msOf(oneKey),
      () => msOf(otherKey),
    );
    expect(low).toBeGreaterThan(ALIKE.low);
    expect(high).toBeLessThan(ALIKE.high);
  });

  it('the measurement detects a refusal that lasts twice as long', async () => {
    const key = wrongAt(20);
    const { low } = await ratioOfTimes(
      () => msOf(key, 2 * CALLS),
      () => msOf(key),
    );
    expect(low).toBeGreaterThan(ALIKE.high);
  });
});
