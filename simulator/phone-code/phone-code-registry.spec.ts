import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { AgreementKey } from '../crypto/curve25519.js';
import type { Registration } from '../device-keys/registration-payload.js';
import { ChangeNotifier } from '../server/change-notifier.js';
import { Connection } from '../server/connection.js';
import { Metrics } from '../server/metrics.js';
import { PairingState } from '../server/pairing-state.js';
import { NoiseResponder } from '../wire/noise-responder.js';
import { Transport } from '../wire/transport.js';
import { PhoneCodeRegistry } from './phone-code-registry.js';
import { PhoneCode } from './phone-code.js';

const PHONE = '4915112345678';

describe('PhoneCodeRegistry', () => {
  it('the registry keeps only the refusal of a code whose connection has closed', async () => {
    const socket = new Socket();
    const noise = new NoiseResponder(AgreementKey.generate());
    const connection = new Connection(7, new Transport(socket), noise);
    const companion = new PairingState({} as Registration);
    companion.expiresAtMs = Infinity;
    const hello = { phone: PHONE, wrappedKey: Buffer.alloc(0), platformDisplay: '' };
    const code = new PhoneCode(hello, connection, companion);
    const registry = new PhoneCodeRegistry(new Metrics(new ChangeNotifier()), 1);
    registry.add(code);
    expect(registry.find(PHONE)).toBe(code);
    socket.destroy();
    await once(connection.transport.closed, 'abort');
    expect(registry.find(PHONE)).toEqual({ connectionId: 7, refused: 'companion_gone' });
  });
});
