import type { AccountEvent } from '../domain/account-event.js';
import type { Failure, FailureCode } from '../domain/failure.js';
import { AccountLogger } from './account-logger.js';

/**
 * One line for one thing that happened to an account. `warn` where somebody may have to act, which the sentence says.
 * @param showNumbers whether phone numbers stand there in full
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
      logger.log('pairing has begun');
      return;
    case 'linked':
      logger.log('linked: WhatsApp accepted the device, its credentials are stored');
      return;
    case 'connected':
      logger.log('connected', phone === null ? {} : { phone: showNumbers ? phone : `…${phone.slice(-2)}` });
      return;
    case 'down':
      logger.log(`down, and ${adviceFor(reason)}: ${logMessageOf(reason)}`, details);
      return;
    case 'stopped':
      logger.debug('the session has ended');
      return;
    case 'failed':
    case 'unlinked':
      logger[needsAction(reason) ? 'warn' : 'log'](logMessageOf(reason), details);
      return;
    case 'disconnected':
      if (reason) logger.warn(`disconnected, but not everywhere: ${logMessageOf(reason)}`, details);
      else logger.log('disconnected: nothing of the account is stored any more');
      return;
  }
}

function adviceFor(reason: Failure | null): string {
  return reason?.code === 'client_outdated' ? 'asking for a newer version' : 'coming back by itself';
}

function logMessageOf(reason: Failure | null): string {
  return reason ? `${reason.message} (${reason.code})` : 'no reason was given';
}

/** Whoever sat in front of the phone has seen it. */
const DONE_BY_USER: ReadonlySet<FailureCode> = new Set(['qr_expired', 'code_expired', 'wrong_number']);

/** A pairing that nobody carried out, or that the network kept from WhatsApp, is over for whoever asked for it. */
function needsAction(reason: Failure | null): boolean {
  return reason !== null && reason.userAction !== 'retry_later' && !DONE_BY_USER.has(reason.code);
}
