import {
  Browsers,
  type AuthenticationCreds,
  type BinaryNode,
  type WABrowserDescription,
  type WASocket,
} from '@whiskeysockets/baileys';
import { CodeRefused, KeepAliveTimeout } from '../baileys.errors.js';
import {
  companionFinish,
  companionHello,
  readCodeNotification,
  referenceOf,
  type PrimaryHello,
} from './phone-code-stanzas.js';
import type { LinkingMethod, PairingAttempt } from './pairing-handshake.js';
import { PhoneCode } from './phone-code.js';

/**
 * The browser name of a device that registers by phone code. WhatsApp refuses a name that no browser or system has
 * (`companion_platform_display`; Baileys#2769, whatsmeow `PairPhone`).
 * For QR codes WhatsApp does not check the name.
 */
export const CODE_BROWSER: WABrowserDescription = Browsers.macOS('Chrome');

/**
 * How many times a code may be typed. WhatsApp Web answers no further attempt (WAWebAltDeviceLinkingApi,
 * `MaxPrimaryHelloError`).
 */
const MAX_HELLOS = 3;

/** A code that WhatsApp accepted, with the answers of phones on which it was typed. */
interface AgreedCode {
  readonly code: PhoneCode;
  readonly reference: Buffer;
  readonly hellos: PrimaryHello[];
}

/**
 * Linking by a code that the user types on the phone.
 * Replaces Baileys' `requestPairingCode`, which waits for no answer and so shows codes that WhatsApp refused. Also
 * replaces Baileys' listener, which accepts any notification as the matching one.
 */
export class PhoneCodeLinking implements LinkingMethod {
  private agreed: AgreedCode | null = null;
  private requested = false;
  private accepted = false;

  /** @param answerMs the time limit of an answer by WhatsApp */
  constructor(
    private readonly socket: Pick<WASocket, 'query'>,
    private readonly credentials: AuthenticationCreds,
    private readonly phone: string,
    private readonly answerMs: number,
    private readonly attempt: PairingAttempt,
  ) {}

  onReferences(): void {
    if (this.requested) return;
    this.requested = true;
    this.run(this.newCode());
  }

  /**
   * `companion_reg_refresh` needs no action here: it retires the secret of a QR code.
   * A refresh by hand ends the attempt. WhatsApp requests it when another device shows a code for the same number.
   * Two devices that answered each other with new codes would never stop.
   */
  onNotification(notification: BinaryNode): void {
    const received = readCodeNotification(notification);
    const agreed = this.agreed;
    if (!received || !agreed?.reference.equals(received.reference)) return;
    if (received.stage === 'refresh_code') {
      this.agreed = null;
      this.run(received.byHand ? Promise.reject(new CodeRefused(409, 'replaced')) : this.newCode());
      return;
    }
    // A user who mistyped the code types it again, and the phone sends another key. The same key again is a repeated
    // notification.
    const known = agreed.hellos.some(({ wrappedKey }) => wrappedKey.equals(received.wrappedKey));
    if (known || agreed.hellos.length === MAX_HELLOS) return;
    agreed.hellos.push(received);
    this.run(this.finish(agreed, received));
  }

  onAccepted(): void {
    this.accepted = true;
  }

  private async newCode(): Promise<void> {
    const code = new PhoneCode();
    const wrappedKey = await code.wrappedKey();
    if (this.isOver()) return;
    const { noiseKey } = this.credentials;
    const answer = await this.query(companionHello(this.phone, wrappedKey, noiseKey.public, CODE_BROWSER));
    const reference = referenceOf(answer);
    if (!reference) throw new Error('companion_hello was answered without a reference');
    if (this.isOver()) return;
    this.agreed = { code, reference, hellos: [] };
    this.attempt.emit({ type: 'codes', step: 'code', values: [code.shown] });
  }

  private async finish(agreed: AgreedCode, hello: PrimaryHello): Promise<void> {
    const { signedIdentityKey } = this.credentials;
    const agreement = await agreed.code.agree(hello, signedIdentityKey).catch(() => null);
    // The keys give no secret. The phone notices the failure itself, and the code can still be typed.
    if (!agreement || !this.isCurrent(agreed, hello)) return;
    const { keyBundle, advSecret } = agreement;
    this.credentials.advSecretKey = advSecret.toString('base64');
    try {
      await this.query(companionFinish(this.phone, agreed.reference, keyBundle, signedIdentityKey.public));
    } catch (error) {
      // A missing answer is not a refusal: pair-success may still arrive. The lifetime of the code bounds the wait.
      if (this.isCurrent(agreed, hello) && !(error instanceof KeepAliveTimeout)) throw error;
    }
  }

  /** Whether the attempt runs, the code was not replaced, and the code was not typed again since. */
  private isCurrent(agreed: AgreedCode, hello: PrimaryHello): boolean {
    return !this.isOver() && this.agreed === agreed && agreed.hellos.at(-1) === hello;
  }

  /** Sends a query and returns its answer. @throws CodeRefused · KeepAliveTimeout when no answer arrives in time */
  private async query(stanza: BinaryNode): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await this.socket.query(stanza, this.answerMs);
    } catch (error) {
      throw refusalOf(error) ?? (isTimeout(error) ? new KeepAliveTimeout() : error);
    }
    // Baileys has two timers for one query, and only one of them rejects.
    if (answer === undefined) throw new KeepAliveTimeout();
    return answer;
  }

  private run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.isOver()) this.attempt.fail(error);
    });
  }

  private isOver(): boolean {
    return this.accepted || this.attempt.isOver();
  }
}

/** Reads the rejection of Baileys' `query` for `<error code="400" text="bad-request"/>`: the code is `data`. */
function refusalOf(error: unknown): CodeRefused | null {
  const { data, message } = error as { readonly data?: unknown; readonly message?: unknown };
  if (typeof data !== 'number') return null;
  const text = typeof message === 'string' && message !== 'Unknown error' ? message : null;
  return new CodeRefused(Number.isFinite(data) ? data : 500, text);
}

function isTimeout(error: unknown): boolean {
  const { output } = error as { readonly output?: { readonly statusCode?: unknown } };
  return output?.statusCode === 408;
}
