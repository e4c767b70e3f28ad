import type { Connection } from '../server/connection.js';
import type { PhoneCode } from './phone-code.js';

/** The codes that companions show: one for each number, the newest, and one for each connection. */
export class PhoneCodeRegistry {
  private readonly byNumber = new Map<string, PhoneCode>();
  private readonly byConnection = new WeakMap<Connection, PhoneCode>();

  find(phone: string): PhoneCode | undefined {
    return this.byNumber.get(phone);
  }

  shownBy(connection: Connection): PhoneCode | undefined {
    return this.byConnection.get(connection);
  }

  /** @returns the one of another connection that it replaces, if that still was good */
  add(code: PhoneCode): PhoneCode | undefined {
    const { connection, companion, phone } = code;
    this.byConnection.get(connection)?.withdraw();
    this.byConnection.set(connection, code);
    companion.shownCode = code;
    const older = this.byNumber.get(phone);
    this.byNumber.set(phone, code);
    return older?.good && !older.connection.wire.gone.aborted ? older : undefined;
  }

  clear(): void {
    this.byNumber.clear();
  }
}
