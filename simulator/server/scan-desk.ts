import type { StageGate } from '../faults/stage-gate.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import { readPairingCode } from '../phone/pairing-code.js';
import type { PairingCode } from '../phone/pairing-code.js';
import { element, SERVER_JID } from '../wire/stanza.js';
import type { Stanza } from '../wire/stanza.js';
import type { Connection } from './connection.js';
import type { Account, DeviceRegistry } from './device-registry.js';
import type { Ledger } from './ledger.js';
import type { PairingOutcome, PairingState } from './pairing-state.js';
import type { Reference, ReferenceBook } from './reference-book.js';
import type { ScanRefusal, ScanRequest, ScanResult } from './scan.js';

const DEFAULT_WAIT_MS = 15_000;

class Refused extends Error {
  constructor(readonly reason: ScanRefusal) {
    super(reason);
  }
}

interface Companion {
  connection: Connection;
  state: PairingState;
  noiseKey: Buffer;
  reference: Reference;
}

/** Where the phone brings what it has read from a screen, and learns whether the device is linked. */
export class ScanDesk {
  constructor(
    private readonly gate: StageGate,
    private readonly ledger: Ledger,
    private readonly registry: DeviceRegistry,
    private readonly references: ReferenceBook,
    private readonly mostDevices: number,
  ) {}

  async scan({
    qr,
    phone,
    platform = 'android',
    waitMs = DEFAULT_WAIT_MS,
  }: ScanRequest): Promise<ScanResult> {
    this.ledger.count('scans');
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<ScanResult>((resolve) => {
      timer = setTimeout(resolve, waitMs, { paired: false, reason: 'no_answer' });
    });
    const result = await Promise.race([this.bring(qr, phone, platform), patience]);
    clearTimeout(timer);
    return result;
  }

  private async bring(qr: string, phone: string, platform: string): Promise<ScanResult> {
    let connectionId: number | null = null;
    try {
      const code = readPairingCode(qr);
      if (!code) throw new Refused('not_a_pairing_code');
      const companion = this.companion(code);
      connectionId = companion.connection.id;
      const outcome = await this.pair(companion, code, phone, platform);
      if ('refused' in outcome) throw new Refused(outcome.refused);
      return { paired: true, deviceJid: outcome.device.jid, lid: outcome.device.lid };
    } catch (error) {
      if (error instanceof FlowStopped) return { paired: false, reason: 'no_answer' };
      if (!(error instanceof Refused)) throw error;
      this.ledger.refuse(error.reason, connectionId);
      return { paired: false, reason: error.reason };
    }
  }

  private companion(code: PairingCode): Companion {
    const reference = this.references.find(code.reference);
    if (typeof reference === 'string') throw new Refused(reference);
    const { connection } = reference;
    const { pairing: state, clientStatic: noiseKey } = connection;
    if (!state || !noiseKey) throw new Refused('unknown_reference');
    if (connection.dismissed) throw new Refused('companion_gone');
    // Assumed: the server holds the keys that registered, so a code with others cannot be that device's.
    if (!noiseKey.equals(code.noiseKey) || !state.registration.identityKey.equals(code.identityKey)) {
      throw new Refused('key_mismatch');
    }
    return { connection, state, noiseKey, reference };
  }

  private async pair(
    companion: Companion,
    code: PairingCode,
    phone: string,
    platform: string,
  ): Promise<PairingOutcome> {
    const { connection, state, reference } = companion;
    connection.introduce({ phone });
    state.see(code.advSecret);
    const account = this.registry.account(phone);
    await this.gate.perform(connection, 'scan', (variation) => {
      if (variation?.type === 'refuse') throw new Refused('refused_on_phone');
      const fault = this.references.fault(reference);
      if (fault) throw new Refused(fault);
      // "Couldn't link device": Baileys#2737.
      if (state.isRetired(code.advSecret)) throw new Refused('retired_code');
      // Four linked devices: faq.whatsapp.com, "About linked devices".
      if (account.devices.size >= this.mostDevices) throw new Refused('too_many_devices');
      reference.used = true;
    });
    return this.exchangeSignatures(companion, code, account, platform);
  }

  private async exchangeSignatures(
    { connection, state }: Companion,
    code: PairingCode,
    account: Account,
    platform: string,
  ): Promise<PairingOutcome> {
    let answered: Promise<PairingOutcome> | undefined;
    await this.gate.perform(connection, 'pair_success', (variation) => {
      const forgery = variation?.type === 'forge_pair_success' ? variation.forgery : undefined;
      const identity = account.telephone.sign(code.identityKey, forgery);
      const content = account.telephone.seal(identity, code.advSecret, forgery);
      const stanzaId = connection.nextStanzaId();
      const deviceNumber = account.nextNumber();
      answered = new Promise((settle) => {
        state.open = { stanzaId, identity, account, deviceNumber, platform, settle };
        connection.wire.gone.addEventListener('abort', () => {
          if (state.open?.stanzaId === stanzaId) settle({ refused: 'companion_gone' });
        });
      });
      if (connection.wire.gone.aborted) throw new Refused('companion_gone');
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
