import type { AccountEvent } from '../domain/account-event.js';
import type { Failure, FailureCode } from '../domain/failure.js';
import { AccountLogger } from './account-logger.js';

/**
 * Writes one log line for one event of an account. The level is `warn` when the user or operator may have to act.
 * @param showNumbers whether the line shows phone numbers in full
 */
export function logAccountEvent(
  { type, accountId, reason, status: { servicePhone: phone } }: AccountEvent,
  attempt: number,
  showNumbers: boolean,
): void {
  const logger = new AccountLogger(accountId, () => attempt);
  const details = reason ? { reason: reason.code, userAction: reason.userAction } : {};
  switch (type) {
    case 'pairing':
      logger.log('pairing started');
      return;
    case 'linked':
      logger.log('linked: WhatsApp accepted the device, and its credentials are stored');
      return;
    case 'connected':
      logger.log('connected', phone === null ? {} : { phone: showNumbers ? phone : `…${phone.slice(-2)}` });
      return;
    case 'down':
      logger.log(`connection down: ${logMessageOf(reason)}; ${nextActionFor(reason)}`, details);
      return;
    case 'stopped':
      logger.debug('session ended');
      return;
    case 'failed':
    case 'unlinked':
      logger[needsAction(reason) ? 'warn' : 'log'](`${type}: ${logMessageOf(reason)}`, details);
      return;
    case 'disconnected':
      if (reason) logger.warn(`disconnected without confirmation: ${logMessageOf(reason)}`, details);
      else logger.log('disconnected: the data of the account is deleted');
      return;
  }
}

function nextActionFor(reason: Failure | null): string {
  return reason?.code === 'client_outdated'
    ? 'looking for a newer WhatsApp Web version'
    : 'reconnecting automatically';
}

function logMessageOf(reason: Failure | null): string {
  return reason ? `${reason.message} (${reason.code})` : 'no reason is known';
}

/** Failures that the user causes and sees on the screen; the operator does not have to act. */
const DONE_BY_USER: ReadonlySet<FailureCode> = new Set(['qr_expired', 'code_expired', 'wrong_number']);

/**
 * Whether a person has to act. False for a failure of the network, and for a pairing that the user did not complete.
 */
function needsAction(reason: Failure | null): boolean {
  return reason !== null && reason.userAction !== 'retry_later' && !DONE_BY_USER.has(reason.code);
}
