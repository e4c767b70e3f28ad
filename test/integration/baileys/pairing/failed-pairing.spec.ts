import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BaileysGateway } from '../../../../src/baileys/baileys.gateway.js';
import { CredentialPool } from '../../../../src/baileys/crypto/credential-pool.js';
import type { AttemptRequest } from '../../../../src/whatsapp/ports/whatsapp.gateway.js';

describe('BaileysGateway', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a pairing whose socket cannot be made gives its reserved keys back', async () => {
    const release = jest.fn();
    const preKeys = () => Promise.resolve([]);
    // No socket can be made without credentials.
    const device = { credentials: null as never, preKeys, release };
    jest.spyOn(CredentialPool.prototype, 'take').mockResolvedValue(device);
    const request = { accountId: 'sales', attempt: 1, credentials: null, phoneNumber: null };
    await expect(new BaileysGateway().open(request as unknown as AttemptRequest)).rejects.toThrow();
    expect(release).toHaveBeenCalledTimes(1);
  });
});
