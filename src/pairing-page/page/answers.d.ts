/*
 * The parts of the API's answers that the page reads. States, codes, actions and steps are plain strings, because later
 * versions of the service may add new ones.
 */

export interface Status {
  readonly accountId: string;
  readonly status: string;
  readonly authExists: boolean;
  readonly serviceConnected: boolean;
  readonly servicePhone: string | null;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly userAction: string;
}

export interface Step {
  readonly type: string;
  /** Null: the caller may not see it. */
  readonly value: string | null;
  readonly sequence: number;
  readonly expiresAt: string;
}

export interface Pairing {
  readonly status: string;
  readonly step: Step | null;
  readonly error: Failure | null;
}

export interface Account extends Status {
  readonly linkedAt: string | null;
  readonly lastError: Failure | null;
}

/** The page link with which the page was opened. */
export interface PageLink {
  readonly accountId: string;
  readonly expiresAt: string;
  /** The last digits of the only number that may be linked; null: any number. */
  readonly phoneEnding: string | null;
  /** The address to which the page leads when the account is linked; null: none. */
  readonly returnUrl: string | null;
}

/** The data of an event about one account; each event type has some of the fields. */
export interface AccountUpdate {
  readonly at?: string;
  readonly status?: Status;
  readonly pairing?: Pairing;
  readonly account?: Account | null;
  /** Only in a snapshot. */
  readonly accounts?: readonly AccountUpdate[];
}
