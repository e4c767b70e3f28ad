/** The answers of the API as far as the page reads them. What may grow (states, codes, actions, steps) is any text here. */

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
  /** Null: it is for those who may pair. */
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

/** What a page link is for. */
export interface PageLink {
  readonly accountId: string;
  readonly expiresAt: string;
  /** The last digits of the only number that may be linked; null: any may. */
  readonly phoneEnding: string | null;
  /** Where the page leads when the account is linked; null: nowhere. */
  readonly returnUrl: string | null;
}

/** What an event says of one account; each kind of event carries some of it. */
export interface News {
  readonly at?: string;
  readonly status?: Status;
  readonly pairing?: Pairing;
  readonly account?: Account | null;
  /** Of a snapshot. */
  readonly accounts?: readonly News[];
}
