import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CodeCompanion } from '../testing/code-companion.js';
import { link, register } from '../testing/linked-device.js';
import type { ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { bytesOf, child, element, type Stanza } from '../wire/stanza.js';

const PHONE = '4915112345678';
const REQUIRED = { paired: false, reason: 'passkey_required' };

describe('account with a passkey', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    simulator.requirePasskey({ phone: PHONE });
  });

  afterEach(() => simulator.stop());

  function request(client: ProtocolClient): Promise<Stanza> {
    return client.next(({ attrs }) => attrs['type'] === 'passkey_prologue_request');
  }

  function acknowledge(client: ProtocolClient, { attrs }: Stanza): void {
    const { id = '', from: to = '', type = '' } = attrs;
    client.send(element('ack', { id, to, class: 'notification', type }));
  }

  it('a scan does not link the account: the companion gets a passkey request and acknowledges it', async () => {
    const { client, qr } = await register(simulator);
    const scan = simulator.scan({ qr, phone: PHONE });
    const notification = await request(client);
    const options = JSON.parse(bytesOf(child(notification, 'passkey_request_options')).toString()) as object;
    expect(options).toMatchObject({ rpId: 'whatsapp.com', userVerification: 'required' });
    acknowledge(client, notification);
    expect(await scan).toEqual(REQUIRED);
    expect(simulator.state()).toMatchObject({
      counters: { passkeyRequests: 1, passkeyAcknowledgements: 1, pairs: 0 },
      stages: { pair_success: { before: 0 } },
      refusals: {},
      devices: [],
    });
    expect(simulator.journal().map(({ event }) => event)).toContain('not linked: passkey_required');
  });

  it('a phone code does not link the account: the companion gets a passkey request after companion_finish', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = simulator.typeCode({ phone: PHONE, code: 'ABCD1234' });
    await companion.finish(await companion.nextNotification('primary_hello'));
    acknowledge(companion.client, await request(companion.client));
    expect(await typed).toEqual(REQUIRED);
    expect(await simulator.typeCode({ phone: PHONE, code: 'ABCD1234' })).toMatchObject({
      reason: 'used_code',
    });
  });

  it('a companion that leaves without an acknowledgement is counted as a refusal', async () => {
    const { client, qr } = await register(simulator);
    const scan = simulator.scan({ qr, phone: PHONE });
    const { attrs } = await request(client);
    client.send(element('ack', { id: attrs['id'] ?? '', class: 'receipt', type: attrs['type'] ?? '' }));
    client.terminate();
    expect(await scan).toEqual(REQUIRED);
    expect(simulator.state()).toMatchObject({
      counters: { passkeyAcknowledgements: 0 },
      refusals: { passkey_unacknowledged: 1 },
    });
  });

  it('a passkey request can be held and cut like any other stage', async () => {
    simulator.addFault({ stage: 'passkey_request', action: { type: 'hold' }, where: { phone: PHONE } });
    simulator.addFault({ stage: 'passkey_request', when: 'after', action: { type: 'cut' } });
    const { client, qr } = await register(simulator);
    const scan = simulator.scan({ qr, phone: PHONE });
    expect(await simulator.holds({ stage: 'passkey_request' }, 2_000)).toHaveLength(1);
    simulator.release();
    await request(client);
    await client.waitForClose();
    expect(await scan).toEqual({ paired: false, reason: 'no_answer' });
  });

  it('an account links again without the requirement, and other accounts are not affected', async () => {
    await link(simulator, '4915187654321');
    simulator.requirePasskey({ phone: PHONE, required: false });
    await link(simulator, PHONE);
    expect(simulator.state().counters).toMatchObject({ pairs: 2, passkeyRequests: 0 });
  });
});
