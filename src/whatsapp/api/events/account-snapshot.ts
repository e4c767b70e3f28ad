import type { AccountStatus } from '../../domain/account.js';
import { withoutCodes, type PairingView } from '../../domain/pairing.js';
import type { Account } from '../../whatsapp-accounts.js';

/** The three answers about an account: `GET /status`, `GET /pair` and its item of `GET /accounts`. */
export interface AccountAnswers {
  readonly status: AccountStatus;
  readonly pairing: PairingView;
  readonly account: Account;
}

/** The answers and some of their parts as JSON, for comparing and for sending without another serialization. */
export interface AccountSnapshot {
  readonly status: string;
  readonly pairing: string;
  /** `pairing` without codes, for callers that may not see them; equal to `pairing` while there are none. */
  readonly codelessPairing: string;
  readonly account: string;
  /**
   * The fields of `account` that `status` does not have, and whether the connection is open. Without
   * `unreadableMessages`, which changes with every message: the number alone is no news.
   */
  readonly link: string;
  readonly step: { readonly type: string; readonly json: string } | null;
  readonly error: string | null;
  /** Whether the answers equal those of an unknown account. */
  readonly isBlank: boolean;
}

const NO_LINK = JSON.stringify([null, null, null, false, false]);

/** One message of the stream. Its payload is the inside of a JSON object, without braces. */
export interface PublishedChange {
  readonly type: string;
  readonly payload: string;
  /**
   * The payload for callers that may not see codes. They get every message, also one whose only news is a code, so that
   * the sequence numbers are the same for all callers.
   */
  readonly codelessPayload: string;
}

export function snapshotOf({ status, pairing, account }: AccountAnswers): AccountSnapshot {
  const { linkedAt, lastConnectedAt, lastError, serviceConnected, cannotReadMessages } = account;
  const { step, error } = pairing;
  const link = JSON.stringify([linkedAt, lastConnectedAt, lastError, serviceConnected, cannotReadMessages]);
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
 * Returns the messages that lead from one snapshot to another. A client that replaces its answers with those of the
 * messages has the new snapshot; it also copies `status` into the account's item, which begins with the same five
 * fields. The order is: the reason (`error`), the step, the status, the link.
 * @param before null: the account was unknown
 */
export function changesBetween(
  before: AccountSnapshot | null,
  after: AccountSnapshot,
): readonly PublishedChange[] {
  if (before === null && after.isBlank) return [];
  const { status, pairing, codelessPairing, account, step, error } = after;
  const changes: PublishedChange[] = [];
  const addPairing = (type: string, rest = ''): void => {
    const payload = `${rest}"pairing":${pairing}`;
    changes.push({ type, payload, codelessPayload: `${rest}"pairing":${codelessPairing}` });
  };
  if (error !== null && error !== before?.error) addPairing('error', `"error":${error},`);
  if (step !== null && step.json !== before?.step?.json) addPairing(step.type);
  // A step that ended or an error that was cleared changes the pairing, but none of the messages above contains it.
  const isUnpublished = pairing !== before?.pairing && changes.length === 0;
  if (isUnpublished || status !== before?.status) addPairing('status', `"status":${status},`);
  if (after.link !== (before?.link ?? NO_LINK)) {
    const payload = `"account":${account}`;
    changes.push({ type: 'connection', payload, codelessPayload: payload });
  }
  return changes;
}
