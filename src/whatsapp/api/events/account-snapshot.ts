import type { AccountStatus } from '../../domain/account.js';
import { withoutCodes, type PairingView } from '../../domain/pairing.js';
import type { Account } from '../../whatsapp-accounts.js';

/** An account as the three answers tell it: `GET /status`, `GET /pair` and its item of `GET /accounts`. */
export interface AccountAnswers {
  readonly status: AccountStatus;
  readonly pairing: PairingView;
  readonly account: Account;
}

/** The answers and some of their parts as JSON: to be compared, and to be sent without being written again. */
export interface AccountSnapshot {
  readonly status: string;
  readonly pairing: string;
  /** `pairing` as it is told to those who may not see its codes; the same while there are none. */
  readonly codelessPairing: string;
  readonly account: string;
  /** What of `account` is not in `status`, and whether the connection is open. */
  readonly link: string;
  readonly step: { readonly type: string; readonly json: string } | null;
  readonly error: string | null;
  /** As of an account that nobody has ever heard of. */
  readonly isBlank: boolean;
}

const NO_LINK = JSON.stringify([null, null, null, false]);

/** One event, its payload as the inside of a JSON object. */
export interface PublishedChange {
  readonly type: string;
  readonly payload: string;
  /**
   * The payload for those who may not see codes. They are told of every change, also of one that leaves out all that was
   * new: so their events are counted like everybody's.
   */
  readonly codelessPayload: string;
}

export function snapshotOf({ status, pairing, account }: AccountAnswers): AccountSnapshot {
  const { linkedAt, lastConnectedAt, lastError, serviceConnected } = account;
  const { step, error } = pairing;
  const link = JSON.stringify([linkedAt, lastConnectedAt, lastError, serviceConnected]);
  return {
    status: JSON.stringify(status),
    pairing: JSON.stringify(pairing),
    codelessPairing: JSON.stringify(withoutCodes(pairing)),
    account: JSON.stringify(account),
    link,
    step: step && { type: step.type, json: JSON.stringify(step) },
    error: error && JSON.stringify(error),
    isBlank: status.status === 'idle' && !status.authExists && error === null && link === NO_LINK,
  };
}

/**
 * The events that lead from one picture to another, so that a reader who puts what they bring in the place of what it has
 * (`status` also into the account's item, which begins with the same five fields) has the other one: first why, then what
 * to do, then how the account is, then its link.
 * @param before null: nobody has ever heard of the account
 */
export function changesBetween(
  before: AccountSnapshot | null,
  after: AccountSnapshot,
): readonly PublishedChange[] {
  if (before === null && after.isBlank) return [];
  const { status, pairing, codelessPairing, account, step, error } = after;
  const told: PublishedChange[] = [];
  const tellPairing = (type: string, rest = ''): void => {
    const payload = `${rest}"pairing":${pairing}`;
    told.push({ type, payload, codelessPayload: `${rest}"pairing":${codelessPairing}` });
  };
  if (error !== null && error !== before?.error) tellPairing('error', `"error":${error},`);
  if (step !== null && step.json !== before?.step?.json) tellPairing(step.type);
  // A step that has gone, an error that is over: nobody has told of that yet.
  const untold = pairing !== before?.pairing && told.length === 0;
  if (untold || status !== before?.status) tellPairing('status', `"status":${status},`);
  if (after.link !== (before?.link ?? NO_LINK)) {
    const payload = `"account":${account}`;
    told.push({ type: 'connection', payload, codelessPayload: payload });
  }
  return told;
}
