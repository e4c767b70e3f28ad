import type { Connection } from '../server/connection.js';
import { deleteOldest } from '../server/delete-oldest.js';
import type { Metrics } from '../server/metrics.js';
import { element } from '../wire/stanza.js';
import type { CodeRefusal, PhoneCode } from './phone-code.js';

/** A code whose connection has closed. */
interface ClosedCode {
  readonly connectionId: number;
  readonly refused: CodeRefusal;
}

const MOST_CLOSED = 2000;

/**
 * The codes that companions show: the newest one of each number, and the newest one of each connection.
 *
 * A withdrawn code makes the companion show another one (`refresh_code`). The phone requests that after wrong codes
 * and, with `force_manual_refresh`, when another companion shows a code for the same number. WhatsApp Web then makes a
 * new code automatically, or with `force_manual_refresh` after a click of the user (WhatsApp's Android client,
 * `LinkedDevicesEnterCodeActivity`; WhatsApp Web, `refreshAltLinkingCode` and `forceManualRefresh`).
 */
export class PhoneCodeRegistry {
  private readonly byNumber = new Map<string, PhoneCode>();
  private readonly closedByNumber = new Map<string, ClosedCode>();
  private readonly byConnection = new WeakMap<Connection, PhoneCode>();

  constructor(
    private readonly metrics: Metrics,
    private readonly mostWrongCodes: number,
  ) {}

  find(phone: string): PhoneCode | ClosedCode | undefined {
    return this.byNumber.get(phone) ?? this.closedByNumber.get(phone);
  }

  shownBy(connection: Connection): PhoneCode | undefined {
    return this.byConnection.get(connection);
  }

  /** @returns the code of another connection that this one replaces, if that code was still valid */
  add(code: PhoneCode): PhoneCode | undefined {
    const { connection, companion, phone } = code;
    this.byConnection.get(connection)?.withdraw();
    this.byConnection.set(connection, code);
    companion.shownCode = code;
    const older = this.byNumber.get(phone);
    this.byNumber.set(phone, code);
    this.closedByNumber.delete(phone);
    connection.transport.onClose(() => {
      this.close(code);
    });
    return older?.isValid ? older : undefined;
  }

  private close(code: PhoneCode): void {
    const { connection, phone } = code;
    if (this.byNumber.get(phone) !== code) return;
    this.byNumber.delete(phone);
    this.closedByNumber.set(phone, {
      connectionId: connection.id,
      refused: code.refusal() ?? 'companion_gone',
    });
    deleteOldest(this.closedByNumber, MOST_CLOSED);
  }

  async refresh(connection: Connection, forceManual = false): Promise<void> {
    const code = this.shownBy(connection);
    if (code?.isValid) await this.withdraw(code, forceManual);
  }

  /**
   * Withdraws a code after too many wrong attempts: Android's `onLinkCodeIsWrong`. The companion gets no other sign of
   * a wrong code.
   */
  async countWrongCode(code: PhoneCode): Promise<void> {
    code.wrongAttempts += 1;
    if (code.isValid && code.wrongAttempts >= this.mostWrongCodes) await this.withdraw(code);
  }

  async withdraw(code: PhoneCode, forceManual = false): Promise<void> {
    const { connection, reference } = code;
    code.withdraw();
    this.metrics.count('codeRefreshes');
    this.metrics.record(connection.id, `requested another code${forceManual ? ', by user action' : ''}`);
    const attrs = { stage: 'refresh_code', ...(forceManual && { force_manual_refresh: 'true' }) };
    const refresh = element('link_code_companion_reg', attrs, [
      element('link_code_pairing_ref', {}, Buffer.from(reference)),
    ]);
    await connection.sendNotification('link_code_companion_reg', refresh);
  }
}
