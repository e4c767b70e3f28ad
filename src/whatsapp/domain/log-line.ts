/** `util.inspect.custom`, by the name under which Node documents it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Numbers, words and flags beside the sentence of a line. No keys, no codes, and of the numbers of phones the end. */
export type LogDetails = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One line of the log about one account, as an object: a structured logger finds its fields (`message`, `accountId`,
 * `attempt` and the details), and whoever prints it as text gets the sentence.
 */
export class LogLine {
  readonly message: string;
  readonly accountId: string;
  /** The number of the session's socket; null before the first one and where the line is about the account itself. */
  readonly attempt: number | null;

  constructor(accountId: string, attempt: number | null, message: string, details: LogDetails = {}) {
    this.message = message;
    this.accountId = accountId;
    this.attempt = attempt;
    // The fields that every line has are not a detail's to change.
    Object.assign(this, { ...details, message, accountId, attempt });
  }

  toString(): string {
    return `${this.accountId}${this.attempt ? ` #${this.attempt}` : ''}: ${this.message}`;
  }

  /** Nest's ConsoleLogger prints what is no text by `inspect`. */
  [INSPECT](): string {
    return this.toString();
  }
}
