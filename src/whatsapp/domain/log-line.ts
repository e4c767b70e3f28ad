/** The symbol `util.inspect.custom`, by its documented global name; the domain imports no Node module. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The fields of a log line. They never hold keys or codes, and only the last digits of a phone number. */
export type LogDetails = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One log line about one account, as an object. A structured logger writes its fields (`message`, `accountId`,
 * `attempt` and the details); a text logger prints `toString()`.
 */
export class LogLine {
  readonly message: string;
  readonly accountId: string;
  /** The number of the session's socket. Null before the first socket, and for a line about the account itself. */
  readonly attempt: number | null;

  constructor(accountId: string, attempt: number | null, message: string, details: LogDetails = {}) {
    this.message = message;
    this.accountId = accountId;
    this.attempt = attempt;
    // Details must not replace the fields that every line has.
    Object.assign(this, { ...details, message, accountId, attempt });
  }

  toString(): string {
    return `${this.accountId}${this.attempt ? ` #${this.attempt}` : ''}: ${this.message}`;
  }

  /** Nest's ConsoleLogger prints objects with `inspect`. */
  [INSPECT](): string {
    return this.toString();
  }
}
