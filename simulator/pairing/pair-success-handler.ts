import { FlowStopped } from '../faults/flow-stopped.js';
import type { Account } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import { PairingRefused } from '../server/pairing-result.js';
import type { PairingOutcome, PairingState } from '../server/pairing-state.js';
import type { StageGate } from '../server/stage-gate.js';
import { element, SERVER_JID, type Stanza } from '../wire/stanza.js';
import type { PasskeyHandler } from './passkey-handler.js';

export interface Offer {
  connection: Connection;
  companion: PairingState;
  account: Account;
  /** From the code on the screen, or what both sides made of the code that was typed. */
  advSecret: Buffer;
  platform: string;
}

/** Where a phone that trusts a companion offers it an identity, and hears whether the companion took it. */
export class PairSuccessHandler {
  constructor(
    private readonly gate: StageGate,
    private readonly passkeys: PasskeyHandler,
  ) {}

  async make(offer: Offer): Promise<PairingOutcome> {
    if (offer.account.passkeyRequired) {
      await this.passkeys.ask(offer.connection);
      return { refused: 'passkey_required' };
    }
    return this.exchangeSignatures(offer);
  }

  private async exchangeSignatures({
    connection,
    companion,
    account,
    advSecret,
    platform,
  }: Offer): Promise<PairingOutcome> {
    let answered: Promise<PairingOutcome> | undefined;
    await this.gate.perform(connection, 'pair_success', (variation) => {
      const forgery = variation?.type === 'forge_pair_success' ? variation.forgery : undefined;
      const identity = account.telephone.sign(companion.registration.identityKey, forgery);
      const content = account.telephone.seal(identity, advSecret, forgery);
      const stanzaId = connection.nextStanzaId();
      const deviceNumber = account.nextNumber();
      answered = new Promise((settle) => {
        companion.open = { stanzaId, identity, account, deviceNumber, platform, settle };
        connection.wire.gone.addEventListener('abort', () => {
          if (companion.open?.stanzaId === stanzaId) settle({ refused: 'companion_gone' });
        });
      });
      if (connection.wire.gone.aborted) throw new PairingRefused('companion_gone');
      const { jid, lid } = account.address(deviceNumber);
      const success = element('pair-success', {}, [
        element('device-identity', {}, content),
        element('device', { jid, lid }),
        element('platform', { name: platform }),
      ]);
      return connection.send(pairSuccess(stanzaId, success));
    });
    if (!answered) throw new FlowStopped('nothing was offered');
    return answered;
  }
}

function pairSuccess(id: string, content: Stanza): Stanza {
  const t = String(Math.floor(Date.now() / 1000));
  return element('iq', { from: SERVER_JID, type: 'set', id, xmlns: 'md', t }, [content]);
}
