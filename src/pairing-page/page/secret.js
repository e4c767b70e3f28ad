/*
 * The credential that the page sends to the service: the token of a page link, or an API key. It is stored for this tab
 * only, where it survives a reload. A token in the address of the page is removed from the address at once.
 */

const LINK = 'whatsapp-pairing.link';
const KEY = 'whatsapp-pairing.key';
const TOKEN = /^#(wpl_.*)$/;

/** For browsers without storage: valid until the page is reloaded. @type {Map<string, string | null>} */
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

/** @param {string} name @param {string | null} value null: deletes it */
function keep(name, value) {
  known.set(name, value);
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // Storage is disabled: the page asks again after a reload.
  }
}

/** Moves a token from the address into the storage of the tab. @returns {boolean} whether there was one */
export function takeFromAddress() {
  const token = TOKEN.exec(location.hash)?.[1];
  if (token === undefined) return false;
  keep(LINK, token);
  history.replaceState(null, '', location.pathname);
  return true;
}

/**
 * Whether the page was opened with a page link. An address with a query belongs to a normal page and ends the page
 * link.
 */
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

/** Returns the authorization header of every call. @returns {Record<string, string>} */
export function authorization() {
  const secret = recall(LINK) ?? recall(KEY);
  return secret === null ? {} : { authorization: `Bearer ${secret}` };
}
