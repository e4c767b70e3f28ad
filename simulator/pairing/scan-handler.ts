import { readPairingCode, type PairingCode } from '../phone/pairing-code.js';
import type { Connection } from '../server/connection.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { PairingRefused } from '../server/pairing-result.js';
import type { PairingOutcome, PairingState } from '../server/pairing-state.js';
import type { StageGate } from '../server/stage-gate.js';
import type { PairSuccessHandler } from './pair-success-handler.js';
import { PhoneAttempt } from './phone-attempt.js';
import type { Reference, ReferenceRegistry } from './reference-registry.js';
import type { ScanRequest, ScanResult } from './scan.js';

interface Scanned {
  connection: Connection;
  companion: PairingState;
  reference: Reference;
}

/** Where the phone brings what it has read from a screen, and learns whether the device is linked. */
export class ScanHandler {
  constructor(
    private readonly gate: StageGate,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly references: ReferenceRegistry,
    private readonly offers: PairSuccessHandler,
  ) {}

  scan({ qr, phone, platform = 'android', waitMs }: ScanRequest): Promise<ScanResult> {
    this.metrics.count('scans');
    return new PhoneAttempt(this.metrics).run(async (attempt) => {
      const code = readPairingCode(qr);
      if (!code) throw new PairingRefused('not_a_pairing_code');
      const scanned = this.companion(code);
      attempt.connection = scanned.connection;
      return this.pair(scanned, code, phone, platform);
    }, waitMs);
  }

  private companion(code: PairingCode): Scanned {
    const reference = this.references.find(code.reference);
    if (typeof reference === 'string') throw new PairingRefused(reference);
    const { connection } = reference;
    const { pairing: companion, clientStatic: noiseKey } = connection;
    if (!companion || !noiseKey) throw new PairingRefused('unknown_reference');
    if (connection.dismissed) throw new PairingRefused('companion_gone');
    // Assumed: the server holds the keys that registered, so a code with others cannot be that device's.
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
    connection.introduce({ phone });
    companion.see(advSecret);
    const account = this.registry.account(phone);
    await this.gate.perform(connection, 'scan', (variation) => {
      if (variation?.type === 'refuse') throw new PairingRefused('refused_on_phone');
      const fault = this.references.fault(reference);
      if (fault) throw new PairingRefused(fault);
      // "Couldn't link device": Baileys#2737.
      if (companion.isRetired(advSecret)) throw new PairingRefused('retired_code');
      if (account.isFull) throw new PairingRefused('too_many_devices');
      reference.used = true;
    });
    return this.offers.make({ connection, companion, account, advSecret, platform });
  }
}
