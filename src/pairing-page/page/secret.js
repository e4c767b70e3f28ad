/*
 * What this page shows the service to be let in: the token of a page link, or an API key. It is kept for this tab, where it
 * outlives a reload, and for nobody else. It stands in no address: a token that comes with one is taken out of it at once.
 */

const LINK = 'whatsapp-pairing.link';
const KEY = 'whatsapp-pairing.key';
const TOKEN = /^#(wpl_.*)$/;

/** For browsers that keep nothing, as long as the page is there. @type {Map<string, string | null>} */
const known = new Map();

/** @param {string} name */
function recall(name) {
  const value = known.get(name);
  if (value !== undefined) return value;
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string | null} value null: it is forgotten */
function keep(name, value) {
  known.set(name, value);
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // Storage is switched off: a reload asks again.
  }
}

/** @returns {boolean} whether there was a token in the address; it is kept, and the address has none any more */
export function takeFromAddress() {
  const token = TOKEN.exec(location.hash)?.[1];
  if (token === undefined) return false;
  keep(LINK, token);
  history.replaceState(null, '', location.pathname);
  return true;
}

/** Whether the page was opened with a page link. Its address names no account: with one, somebody has gone on from there. */
export function hasLink() {
  if (location.search !== '') keep(LINK, null);
  return recall(LINK) !== null;
}

export function hasKey() {
  return recall(KEY) !== null;
}

/** @param {string} key */
export function keepKey(key) {
  keep(KEY, key);
}

export function forgetKey() {
  keep(KEY, null);
}

/** The heads that every call carries. @returns {Record<string, string>} */
export function authorization() {
  const secret = recall(LINK) ?? recall(KEY);
  return secret === null ? {} : { authorization: `Bearer ${secret}` };
}
