/**
 * What the page knows of its account. Folded from the events in the order in which they come.
 *
 * @typedef {import('./answers.js').Account} Account
 * @typedef {import('./answers.js').Failure} Failure
 * @typedef {import('./answers.js').News} News
 * @typedef {import('./answers.js').Pairing} Pairing
 * @typedef {import('./answers.js').Status} Status
 *
 * @typedef {object} ShownStep What the person has to do now.
 * @property {string} type
 * @property {string | null} value null: it is for those who may pair
 * @property {number} sequence
 * @property {number} expiresAtMs by the clock of the service
 * @property {number} lifeMs how long it lives, from its first moment to its last
 *
 * @typedef {object} AccountState
 * @property {string} accountId
 * @property {Status | null} status null: nothing has been heard yet
 * @property {ShownStep | null} step
 * @property {Failure | null} error
 * @property {string | null} linkedAt
 * @property {Failure | null} lastError why the connection is down just now
 */

/** WhatsApp's own: the first QR code of a connection, the others, a phone code. */
const LIVES_MS = { firstQr: 60_000, nextQr: 20_000, code: 155_000 };

/** @param {string} accountId @returns {AccountState} */
export function nothingKnown(accountId) {
  return { accountId, status: null, step: null, error: null, linkedAt: null, lastError: null };
}

/**
 * @param {AccountState} state
 * @param {News} news
 * @param {number} nowMs by the clock of the service
 * @returns {AccountState}
 */
export function fold(state, news, nowMs) {
  if (news.accounts) {
    const own = news.accounts.find(({ status }) => status?.accountId === state.accountId);
    return own ? fold(nothingKnown(state.accountId), own, nowMs) : state;
  }
  let next = state;
  if (news.account) next = withAccount(next, news.account);
  if (news.status) next = withStatus(next, news.status);
  if (news.pairing) next = withPairing(next, news.pairing, news.at ? Date.parse(news.at) : null, nowMs);
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
 * @param {number | null} atMs when its step was first shown; null: some time ago
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
  // WhatsApp may ask for the same code to be drawn anew: it lives no longer for that.
  if (before?.type === type && before.expiresAtMs === expiresAtMs) return { ...before, value, sequence };
  const lifeMs = atMs === null ? usualLifeMs(type, expiresAtMs - nowMs) : Math.max(1, expiresAtMs - atMs);
  return { type, value, sequence, expiresAtMs, lifeMs };
}

/** @param {string} type @param {number} leftMs */
function usualLifeMs(type, leftMs) {
  if (type !== 'qr') return LIVES_MS.code;
  return leftMs > LIVES_MS.nextQr ? LIVES_MS.firstQr : LIVES_MS.nextQr;
}
