import { FlowStopped } from '../faults/flow-stopped.js';
import type { Account } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import { PairingRefused } from '../server/pairing-result.js';
import type { PairingOutcome, PairingState } from '../server/pairing-state.js';
import type { StageRunner } from '../server/stage-runner.js';
import { element, SERVER_JID, unixTime, type Stanza } from '../wire/stanza.js';
import type { PasskeyHandler } from './passkey-handler.js';

interface PairSuccessRequest {
  connection: Connection;
  companion: PairingState;
  account: Account;
  /** The secret from the scanned QR code, or the one that both sides derived from a typed phone code. */
  advSecret: Buffer;
  platform: string;
}

/** Sends pair-success once the phone has agreed, and returns whether the companion signed it. */
export class PairSuccessHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly passkeys: PasskeyHandler,
  ) {}

  async send(request: PairSuccessRequest): Promise<PairingOutcome> {
    if (request.account.passkeyRequired) {
      await this.passkeys.request(request.connection);
      return { refused: 'passkey_required' };
    }
    return this.exchangeSignatures(request);
  }

  private async exchangeSignatures({
    connection,
    companion,
    account,
    advSecret,
    platform,
  }: PairSuccessRequest): Promise<PairingOutcome> {
    let answered: Promise<PairingOutcome> | undefined;
    await this.stages.run(connection, 'pair_success', (variation) => {
      const forgery = variation?.type === 'forge_pair_success' ? variation.forgery : undefined;
      const identity = account.phoneDevice.sign(
        companion.registration.identityKey,
        account.business?.hosted ?? false,
        forgery,
      );
      const content = account.phoneDevice.seal(identity, advSecret, forgery);
      const stanzaId = connection.nextStanzaId();
      const deviceNumber = account.nextNumber();
      answered = new Promise((resolve) => {
        const removeCloseListener = connection.transport.onClose(() => {
          if (companion.pending?.stanzaId === stanzaId) resolve({ refused: 'companion_gone' });
        });
        const settle = (outcome: PairingOutcome): void => {
          removeCloseListener();
          resolve(outcome);
        };
        companion.pending = { stanzaId, identity, account, deviceNumber, platform, settle };
      });
      if (connection.transport.closed.aborted) throw new PairingRefused('companion_gone');
      const { jid, lid } = account.address(deviceNumber);
      const success = element('pair-success', {}, [
        element('device-identity', {}, content),
        element('device', { jid, lid }),
        element('platform', { name: platform }),
        ...(account.business ? [element('biz', { name: account.business.name })] : []),
      ]);
      return connection.send(pairSuccess(stanzaId, success));
    });
    if (!answered) throw new FlowStopped('pair-success was not sent');
    return answered;
  }
}

function pairSuccess(id: string, content: Stanza): Stanza {
  return element('iq', { from: SERVER_JID, type: 'set', id, xmlns: 'md', t: unixTime() }, [content]);
}
