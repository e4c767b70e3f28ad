/**
 * The state of the page's account, folded from the events in their order.
 *
 * @typedef {import('./answers.js').Account} Account
 * @typedef {import('./answers.js').Failure} Failure
 * @typedef {import('./answers.js').AccountUpdate} AccountUpdate
 * @typedef {import('./answers.js').Pairing} Pairing
 * @typedef {import('./answers.js').Status} Status
 *
 * @typedef {object} ShownStep The user's next action.
 * @property {string} type
 * @property {string | null} value null: the caller may not see it
 * @property {number} sequence
 * @property {number} expiresAtMs by the clock of the service
 * @property {number} lifeMs its whole lifetime
 *
 * @typedef {object} AccountState
 * @property {string} accountId
 * @property {Status | null} status null: no event has arrived yet
 * @property {ShownStep | null} step
 * @property {Failure | null} error
 * @property {string | null} linkedAt
 * @property {Failure | null} lastError why the connection is down
 */

/** The lifetimes that WhatsApp sets: the first QR code of a connection, the following ones, a phone code. */
const LIVES_MS = { firstQr: 60_000, nextQr: 20_000, code: 155_000 };

/** @param {string} accountId @returns {AccountState} */
export function nothingKnown(accountId) {
  return { accountId, status: null, step: null, error: null, linkedAt: null, lastError: null };
}

/**
 * @param {AccountState} state
 * @param {AccountUpdate} update
 * @param {number} nowMs by the clock of the service
 * @returns {AccountState}
 */
export function fold(state, update, nowMs) {
  if (update.accounts) {
    const own = update.accounts.find(({ status }) => status?.accountId === state.accountId);
    return own ? fold(nothingKnown(state.accountId), own, nowMs) : state;
  }
  let next = state;
  if (update.account) next = withAccount(next, update.account);
  if (update.status) next = withStatus(next, update.status);
  if (update.pairing)
    next = withPairing(next, update.pairing, update.at ? Date.parse(update.at) : null, nowMs);
  return next;
}

/** @param {AccountState} state @param {Account} account @returns {AccountState} */
function withAccount(state, { linkedAt, lastError, ...status }) {
  return { ...withStatus(state, status), linkedAt, lastError };
}

/** @param {AccountState} state @param {Status} status @returns {AccountState} */
function withStatus(state, status) {
  return { ...state, status, step: status.status === 'pending' ? state.step : null };
}

/**
 * @param {AccountState} state
 * @param {Pairing} pairing
 * @param {number | null} atMs when its step was first shown; null: unknown
 * @param {number} nowMs
 * @returns {AccountState}
 */
function withPairing(state, pairing, atMs, nowMs) {
  const step = pairing.step ? shown(state.step, pairing.step, atMs, nowMs) : null;
  return { ...state, step, error: pairing.error };
}

/**
 * @param {ShownStep | null} before
 * @param {import('./answers.js').Step} step
 * @param {number | null} atMs
 * @param {number} nowMs
 * @returns {ShownStep}
 */
function shown(before, { type, value, sequence, expiresAt }, atMs, nowMs) {
  const expiresAtMs = Date.parse(expiresAt);
  // A code that is redrawn with a new secret keeps the lifetime of the first one.
  if (before?.type === type && before.expiresAtMs === expiresAtMs) return { ...before, value, sequence };
  const lifeMs = atMs === null ? usualLifeMs(type, expiresAtMs - nowMs) : Math.max(1, expiresAtMs - atMs);
  return { type, value, sequence, expiresAtMs, lifeMs };
}

/** @param {string} type @param {number} leftMs */
function usualLifeMs(type, leftMs) {
  if (type !== 'qr') return LIVES_MS.code;
  return leftMs > LIVES_MS.nextQr ? LIVES_MS.firstQr : LIVES_MS.nextQr;
}
