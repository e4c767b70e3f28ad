import { performance } from 'node:perf_hooks';
import type { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { readRegistration } from '../device-keys/registration-payload.js';
import type { Connection } from '../server/connection.js';
import { failure } from '../server/failure-stanzas.js';
import type { Metrics } from '../server/metrics.js';
import { PairingState } from '../server/pairing-state.js';
import type { StageRunner } from '../server/stage-runner.js';
import { element, SERVER_JID } from '../wire/stanza.js';
import type { ReferenceRegistry } from './reference-registry.js';

/** Registers a new device: checks its keys and sends it the references for its QR codes. */
export class RegistrationHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly references: ReferenceRegistry,
  ) {}

  async register(
    connection: Connection,
    payload: proto.ClientPayload.IDevicePairingRegistrationData,
  ): Promise<void> {
    const registration = readRegistration(payload);
    if (!registration) {
      // Assumed: WhatsApp refuses it, and with 400 (ConnectFailureGeneric in whatsmeow's types/events/events.go).
      this.metrics.countRefusal('bad_registration', connection.id);
      await connection.terminate(failure(400));
      return;
    }
    const state = new PairingState(registration);
    connection.pairing = state;
    connection.updateInfo({ registrationId: registration.registrationId });
    await this.stages.run(connection, 'pair_device', () => {
      state.references = this.references.issue(connection).map(({ value }) => value);
      state.expiresAtMs = performance.now() + this.references.lifetimeMs;
      this.metrics.count('registrations');
      this.scheduleExpiry(connection, state);
      const refs = state.references.map((value) => element('ref', {}, Buffer.from(value)));
      const attrs = { from: SERVER_JID, type: 'set', id: connection.nextStanzaId(), xmlns: 'md' };
      return connection.send(element('iq', attrs, [element('pair-device', {}, refs)]));
    });
  }

  private scheduleExpiry(connection: Connection, state: PairingState): void {
    const timer = setTimeout(() => {
      // A timer can fire early. The reason of a refusal must not depend on it.
      state.expiresAtMs = Math.min(state.expiresAtMs, performance.now());
      // "If you run out of codes before scanning, the server will close the websocket": whatsmeow's events.go, QR.
      if (!state.pending && !connection.device) void connection.transport.close();
    }, this.references.lifetimeMs);
    connection.transport.onClose(() => {
      clearTimeout(timer);
      this.references.remove(state.references);
    });
  }
}
