import { KEY_BUNDLE_BYTES } from '../crypto/link-code.js';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { bytesOf, child, element, iqError, iqResult, type Stanza } from '../wire/stanza.js';
import { phoneOf, readCompanionHello, type HelloRefusal } from './companion-hello.js';
import type { PhoneCodeRegistry } from './phone-code-registry.js';
import { PhoneCode, type CompanionFinish } from './phone-code.js';

type FinishRefusal =
  'unasked_companion_finish' | 'bad_companion_finish' | 'foreign_pairing_ref' | 'foreign_identity_key';

/** Handles a companion's `companion_hello` and `companion_finish` (`link_code_companion_reg`). */
export class LinkCodeHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly codes: PhoneCodeRegistry,
  ) {}

  /** @returns undefined when the query is about something else */
  receive(connection: Connection, iq: Stanza): Promise<void> | undefined {
    const request = child(iq, 'link_code_companion_reg');
    if (iq.attrs['xmlns'] !== 'md' || iq.attrs['type'] !== 'set' || !request) return undefined;
    if (request.attrs['stage'] === 'companion_hello') return this.hello(connection, iq, request);
    if (request.attrs['stage'] === 'companion_finish') return this.finish(connection, iq, request);
    return this.refuse(connection, iq, 'unknown_link_code_stage');
  }

  private async hello(connection: Connection, iq: Stanza, request: Stanza): Promise<void> {
    const phone = phoneOf(request);
    if (phone !== undefined && !connection.device) connection.updateInfo({ phone });
    await this.stages.runQuery(connection, 'companion_hello', iq, async () => {
      const code = this.readHello(connection, request);
      if (typeof code === 'string') {
        await this.refuse(connection, iq, code);
        return;
      }
      const older = this.codes.add(code);
      this.metrics.count('companionHellos');
      this.metrics.record(connection.id, `shows a code for ${code.phone}`);
      await connection.send(accepted(iq, code));
      // Assumed: the server sends nothing about an older code of the same companion.
      if (older) await this.codes.withdraw(older, true);
    });
  }

  private readHello(
    connection: Connection,
    request: Stanza,
  ): PhoneCode | HelloRefusal | 'companion_hello_out_of_turn' {
    const { pairing, clientStatic } = connection;
    // A request before the references is too early (Baileys#2409); one during the linking is too late.
    const waits = pairing && pairing.references.length > 0 && !pairing.pending && !connection.device;
    if (!waits || !clientStatic) return 'companion_hello_out_of_turn';
    const hello = readCompanionHello(request, clientStatic);
    return typeof hello === 'string' ? hello : new PhoneCode(hello, connection, pairing);
  }

  private async finish(connection: Connection, iq: Stanza, request: Stanza): Promise<void> {
    const code = this.codes.shownBy(connection);
    let finish: CompanionFinish | undefined;
    await this.stages.runQuery(connection, 'companion_finish', iq, async () => {
      const read = readFinish(code, request);
      if (typeof read === 'string') {
        if (read !== 'unasked_companion_finish') code?.receiveFinish({ refused: 'bad_companion_finish' });
        await this.refuse(connection, iq, read);
        return;
      }
      finish = read;
      // The companion does not learn whether the phone can decrypt it: whatsapp-rust#1163.
      await connection.send(iqResult(iq));
    });
    if (finish) code?.receiveFinish(finish);
  }

  /** 400 is known for a custom display (Baileys#2769), and assumed for the other refusals. */
  private async refuse(connection: Connection, iq: Stanza, reason: string): Promise<void> {
    this.metrics.countRefusal(reason, connection.id);
    await connection.send(iqError(iq, 400, 'bad-request'));
  }
}

function accepted(iq: Stanza, { reference }: PhoneCode): Stanza {
  const ref = element('link_code_pairing_ref', {}, Buffer.from(reference));
  return iqResult(iq, [element('link_code_companion_reg', { stage: 'companion_hello' }, [ref])]);
}

function readFinish(code: PhoneCode | undefined, request: Stanza): CompanionFinish | FinishRefusal {
  if (!code?.isAwaitingFinish) return 'unasked_companion_finish';
  const sealedBundle = bytesOf(child(request, 'link_code_pairing_wrapped_key_bundle'));
  const identityKey = bytesOf(child(request, 'companion_identity_public'));
  const reference = bytesOf(child(request, 'link_code_pairing_ref')).toString();
  if (phoneOf(request) !== code.phone || sealedBundle.length !== KEY_BUNDLE_BYTES)
    return 'bad_companion_finish';
  if (reference !== code.reference) return 'foreign_pairing_ref';
  // Assumed, as for a scanned QR code: the server compares it with the registered key.
  if (!code.companion.registration.identityKey.equals(identityKey)) return 'foreign_identity_key';
  return { sealedBundle, identityKey };
}
