import { AgreementKey } from '../crypto/curve25519.js';
import { deriveAdvSecret, openKeyBundle, unwrapKey, wrapKey } from '../crypto/link-code.js';
import type { SigningKey } from '../crypto/xeddsa.js';

/** The phone's keys for a companion whose code was typed. */
interface PrimaryHello {
  wrappedKey: Buffer;
  identityKey: Buffer;
}

type OpenedBundle = { advSecret: Buffer } | { refused: 'wrong_code' | 'bundle_mismatch' };

/** The phone's side of the key exchange after a phone code was typed. */
export class CodeExchange {
  private constructor(
    private readonly identity: SigningKey,
    private readonly ephemeralSecret: Buffer,
    readonly hello: PrimaryHello,
  ) {}

  /** @param wrappedCompanionKey the companion's ephemeral key, encrypted with the shown code */
  static async begin(identity: SigningKey, code: string, wrappedCompanionKey: Buffer): Promise<CodeExchange> {
    const ephemeral = AgreementKey.generate();
    const [companionKey, wrappedKey] = await Promise.all([
      unwrapKey(wrappedCompanionKey, code),
      wrapKey(ephemeral.publicKey, code),
    ]);
    const hello = { wrappedKey, identityKey: identity.publicKey };
    return new CodeExchange(identity, ephemeral.agree(companionKey), hello);
  }

  /**
   * Decrypts the companion's bundle.
   * @param companionIdentity the identity key that the companion sent next to the bundle
   */
  open(sealed: Buffer, companionIdentity: Buffer): OpenedBundle {
    const bundle = openKeyBundle(sealed, this.ephemeralSecret);
    if (!bundle) return { refused: 'wrong_code' };
    const { primaryIdentity, random } = bundle;
    if (!bundle.companionIdentity.equals(companionIdentity)) return { refused: 'bundle_mismatch' };
    if (!primaryIdentity.equals(this.identity.publicKey)) return { refused: 'bundle_mismatch' };
    const identitySecret = this.identity.agree(companionIdentity);
    return { advSecret: deriveAdvSecret(this.ephemeralSecret, identitySecret, random) };
  }
}
