import { Browsers } from '@whiskeysockets/baileys';
import type {
  AuthenticationCreds,
  BinaryNode,
  WABrowserDescription,
  WASocket,
} from '@whiskeysockets/baileys';
import { CodeRefused, KeepAliveTimeout } from '../baileys.errors.js';
import { companionFinish, companionHello, readCodeNotification, referenceOf } from './phone-code-stanzas.js';
import type { PrimaryHello } from './phone-code-stanzas.js';
import type { PairingHost } from './pairing-handshake.js';
import type { LinkingMethod } from './linking-method.js';
import { PhoneCode } from './phone-code.js';

/**
 * What registers by a code has to call itself this: WhatsApp refuses a name that no browser or system has
 * (`companion_platform_display`; Baileys#2769, whatsmeow `PairPhone`). QR codes are not looked at like that.
 */
export const CODE_BROWSER: WABrowserDescription = Browsers.macOS('Chrome');

/** How often a code may be typed: WhatsApp Web answers no more (WAWebAltDeviceLinkingApi, `MaxPrimaryHelloError`). */
const MAX_HELLOS = 3;

/** A code that WhatsApp has accepted, and what phones have made of it. */
interface AgreedCode {
  readonly code: PhoneCode;
  readonly reference: Buffer;
  readonly hellos: PrimaryHello[];
}

/**
 * The person types a code on the phone. Instead of Baileys' `requestPairingCode`, which waits for no answer and so shows codes
 * that WhatsApp has refused, and instead of its listener, which takes any notification for the one that fits.
 */
export class PhoneCodeLinking implements LinkingMethod {
  #agreed: AgreedCode | null = null;
  private requested = false;
  private isDone = false;

  /** @param answerMs how long WhatsApp may take for an answer */
  constructor(
    private readonly socket: Pick<WASocket, 'query'>,
    private readonly credentials: AuthenticationCreds,
    private readonly phone: string,
    private readonly answerMs: number,
    private readonly host: PairingHost,
  ) {}

  offered(): void {
    if (this.requested) return;
    this.requested = true;
    this.run(this.newCode());
  }

  /**
   * `companion_reg_refresh` is only acknowledged: the secret that it retires is that of a QR code. A refresh by hand ends the
   * attempt: WhatsApp asks for it when another device shows a code for the same number, and two that answered each other
   * with new codes would do so for ever.
   */
  notified(notification: BinaryNode): void {
    const heard = readCodeNotification(notification);
    const agreed = this.#agreed;
    if (!heard || !agreed?.reference.equals(heard.reference)) return;
    if (heard.stage === 'refresh_code') {
      this.#agreed = null;
      this.run(heard.byHand ? Promise.reject(new CodeRefused(409, 'replaced')) : this.newCode());
      return;
    }
    // Whoever mistypes the code types it again: with another key. The same one again is the same notification.
    const known = agreed.hellos.some(({ wrappedKey }) => wrappedKey.equals(heard.wrappedKey));
    if (known || agreed.hellos.length === MAX_HELLOS) return;
    agreed.hellos.push(heard);
    this.run(this.finish(agreed, heard));
  }

  done(): void {
    this.isDone = true;
  }

  private async newCode(): Promise<void> {
    const code = new PhoneCode();
    const wrappedKey = await code.wrappedKey();
    if (this.isOver()) return;
    const { noiseKey } = this.credentials;
    const answer = await this.ask(companionHello(this.phone, wrappedKey, noiseKey.public, CODE_BROWSER));
    const reference = referenceOf(answer);
    if (!reference) throw new Error('companion_hello was answered without a reference');
    if (this.isOver()) return;
    this.#agreed = { code, reference, hellos: [] };
    this.host.show({ type: 'codes', step: 'code', values: [code.shown] });
  }

  private async finish(agreed: AgreedCode, hello: PrimaryHello): Promise<void> {
    const { signedIdentityKey } = this.credentials;
    const agreement = await agreed.code.agree(hello, signedIdentityKey).catch(() => null);
    // Keys that lead nowhere: the phone sees for itself that it fails, and the code can still be typed.
    if (!agreement || !this.counts(agreed, hello)) return;
    const { keyBundle, advSecret } = agreement;
    this.credentials.advSecretKey = advSecret.toString('base64');
    try {
      await this.ask(companionFinish(this.phone, agreed.reference, keyBundle, signedIdentityKey.public));
    } catch (error) {
      // No answer is no refusal: pair-success may still come, and the life of the code bounds the wait for it.
      if (this.counts(agreed, hello) && !(error instanceof KeepAliveTimeout)) throw error;
    }
  }

  /** Not when the attempt is over, the code has been replaced, or been typed again since. */
  private counts(agreed: AgreedCode, hello: PrimaryHello): boolean {
    return !this.isOver() && this.#agreed === agreed && agreed.hellos.at(-1) === hello;
  }

  /** @throws CodeRefused · KeepAliveTimeout when no answer comes in time */
  private async ask(question: BinaryNode): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await this.socket.query(question, this.answerMs);
    } catch (error) {
      throw refusalOf(error) ?? (isTimeout(error) ? new KeepAliveTimeout() : error);
    }
    // Baileys has two clocks for one question, and only one of them rejects.
    if (answer === undefined) throw new KeepAliveTimeout();
    return answer;
  }

  private run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.isOver()) this.host.fail(error);
    });
  }

  private isOver(): boolean {
    return this.isDone || this.host.isOver();
  }
}

/** What Baileys' `query` makes of `<error code="400" text="bad-request"/>`: the code is the data. */
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
