import { randomBytes } from 'node:crypto';
import { AgreementKey } from '../crypto/curve25519.js';
import {
  deriveAdvSecret,
  sealKeyBundle,
  unwrapKey,
  wrapKey,
  type LinkKeyBundle,
} from '../crypto/link-code.js';
import type { WhatsappSimulator } from '../whatsapp-simulator.js';
import { bytesOf, child, element, type Stanza } from '../wire/stanza.js';
import { register } from './linked-device.js';
import type { DeviceKeys, ProtocolClient } from './protocol-client.js';

const REGISTRATION = 'link_code_companion_reg';

/** Changes to a `companion_hello` or `companion_finish`: attributes, contents by tag, and keys of the bundle. */
export interface Overrides {
  attrs?: Record<string, string>;
  content?: Record<string, Buffer | string>;
  bundle?: Partial<LinkKeyBundle>;
}

/** A companion that links by phone code. It can send wrong values on purpose. */
export class CodeCompanion {
  reference = '';
  code = 'ABCD1234';
  private readonly ephemeral = AgreementKey.generate();

  private constructor(
    readonly client: ProtocolClient,
    readonly keys: DeviceKeys,
    /** The QR code that it shows at the same time. */
    readonly qr: string,
    readonly phone: string,
  ) {}

  static async register(simulator: WhatsappSimulator, phone: string): Promise<CodeCompanion> {
    const { client, keys, qr } = await register(simulator);
    return new CodeCompanion(client, keys, qr, phone);
  }

  /** Returns a companion that shows its code. */
  static async withCode(simulator: WhatsappSimulator, phone: string): Promise<CodeCompanion> {
    const companion = await CodeCompanion.register(simulator, phone);
    await companion.hello();
    return companion;
  }

  /** @returns the server's answer */
  async hello({ attrs = {}, content = {} }: Overrides = {}): Promise<Stanza> {
    const elements: Record<string, Buffer | string> = {
      link_code_pairing_wrapped_companion_ephemeral_pub: await wrapKey(this.ephemeral.publicKey, this.code),
      companion_server_auth_key_pub: this.keys.noiseKey.publicKey,
      companion_platform_id: '1',
      companion_platform_display: 'Chrome (Mac OS)',
      link_code_pairing_nonce: Buffer.of(0),
      ...content,
    };
    const answer = await this.sendRequest(
      { stage: 'companion_hello', should_show_push_notification: 'true', ...attrs },
      elements,
    );
    const ref = child(child(answer, REGISTRATION), 'link_code_pairing_ref');
    if (ref) this.reference = bytesOf(ref).toString();
    return answer;
  }

  /** Waits for the server's next `primary_hello` or `refresh_code`. */
  async nextNotification(stage: 'primary_hello' | 'refresh_code'): Promise<Stanza> {
    const notification = await this.client.next(
      (stanza) => child(stanza, REGISTRATION)?.attrs['stage'] === stage,
    );
    return child(notification, REGISTRATION) ?? notification;
  }

  /** Answers `primary_hello` and stores the derived adv secret. @returns the server's answer */
  async finish(hello: Stanza, { attrs = {}, content = {}, bundle = {} }: Overrides = {}): Promise<Stanza> {
    const wrapped = bytesOf(child(hello, 'link_code_pairing_wrapped_primary_ephemeral_pub'));
    const primaryIdentity = bytesOf(child(hello, 'primary_identity_pub'));
    const { identityKey } = this.keys;
    const ephemeralSecret = this.ephemeral.agree(await unwrapKey(wrapped, this.code));
    const keys = { companionIdentity: identityKey.publicKey, primaryIdentity, random: randomBytes(32) };
    this.keys.advSecret = deriveAdvSecret(ephemeralSecret, identityKey.agree(primaryIdentity), keys.random);
    return this.sendRequest(
      { stage: 'companion_finish', ...attrs },
      {
        link_code_pairing_wrapped_key_bundle: sealKeyBundle({ ...keys, ...bundle }, ephemeralSecret),
        companion_identity_public: identityKey.publicKey,
        link_code_pairing_ref: bytesOf(child(hello, 'link_code_pairing_ref')),
        ...content,
      },
    );
  }

  /** Completes the linking after the user has typed the code. */
  async link(): Promise<void> {
    await this.finish(await this.nextNotification('primary_hello'));
    this.client.sendSignature(await this.client.countersign(this.keys.identityKey));
  }

  private sendRequest(
    attrs: Record<string, string>,
    content: Record<string, Buffer | string>,
  ): Promise<Stanza> {
    const children = Object.entries(content).map(([tag, value]) => element(tag, {}, value));
    const jid = `${this.phone}@s.whatsapp.net`;
    return this.client.query('md', 'set', [element(REGISTRATION, { jid, ...attrs }, children)]);
  }
}
