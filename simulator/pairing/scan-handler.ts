import { readPairingCode, type PairingCode } from '../phone/pairing-code.js';
import type { Connection } from '../server/connection.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { PairingRefused, type PairingResult } from '../server/pairing-result.js';
import type { PairingOutcome, PairingState } from '../server/pairing-state.js';
import type { StageRunner } from '../server/stage-runner.js';
import type { PairSuccessHandler } from './pair-success-handler.js';
import { LinkingAttempt } from './linking-attempt.js';
import type { Reference, ReferenceRegistry } from './reference-registry.js';

export interface ScanRequest {
  /** The whole text that the QR code encodes. */
  qr: string;
  /** The phone number, digits only, with country code. An unknown number becomes a new account. */
  phone: string;
  /** Operating system of the phone. Default `android`. */
  platform?: string;
  /** Time limit for the device's signature. Default 15 s. */
  waitMs?: number;
}

interface Scanned {
  connection: Connection;
  companion: PairingState;
  reference: Reference;
}

/** Handles the scan of a QR code by a phone, up to its result. */
export class ScanHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly references: ReferenceRegistry,
    private readonly pairSuccess: PairSuccessHandler,
  ) {}

  scan({ qr, phone, platform = 'android', waitMs }: ScanRequest): Promise<PairingResult> {
    this.metrics.count('scans');
    return new LinkingAttempt(this.metrics).run(async (attempt) => {
      const code = readPairingCode(qr);
      if (!code) throw new PairingRefused('not_a_pairing_code');
      const scanned = this.findCompanion(code);
      attempt.connectionId = scanned.connection.id;
      return this.pair(scanned, code, phone, platform);
    }, waitMs);
  }

  private findCompanion(code: PairingCode): Scanned {
    const reference = this.references.find(code.reference);
    if (typeof reference === 'string') throw new PairingRefused(reference);
    const { connection } = reference;
    const { pairing: companion, clientStatic: noiseKey } = connection;
    if (!companion || !noiseKey) throw new PairingRefused('unknown_reference');
    if (connection.terminated) throw new PairingRefused('companion_gone');
    // Assumed: the server compares the keys in the code with the registered ones.
    if (!noiseKey.equals(code.noiseKey) || !companion.registration.identityKey.equals(code.identityKey)) {
      throw new PairingRefused('key_mismatch');
    }
    return { connection, companion, reference };
  }

  private async pair(
    { connection, companion, reference }: Scanned,
    { advSecret }: PairingCode,
    phone: string,
    platform: string,
  ): Promise<PairingOutcome> {
    connection.updateInfo({ phone });
    companion.recordSecret(advSecret);
    const account = this.registry.account(phone);
    await this.stages.run(connection, 'scan', (variation) => {
      if (variation?.type === 'refuse') throw new PairingRefused('refused_on_phone');
      const fault = this.references.refusalOf(reference);
      if (fault) throw new PairingRefused(fault);
      // "Couldn't link device": Baileys#2737.
      if (companion.isRetired(advSecret)) throw new PairingRefused('retired_code');
      if (account.isFull) throw new PairingRefused('too_many_devices');
      reference.used = true;
    });
    return this.pairSuccess.send({ connection, companion, account, advSecret, platform });
  }
}
