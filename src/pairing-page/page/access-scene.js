/**
 * The content of the page when the service denies access.
 *
 * @typedef {import('./scene.js').Scene} Scene
 * @typedef {{ title: string, lead: string, body?: Scene['body'], problem?: string }} Words
 */

const KEY_REQUIRED = {
  title: 'This service requires a key',
  lead: 'Ask the operator of this service for a key.',
  body: /** @type {const} */ ('key'),
};

/** By the code of the error. @type {Readonly<Record<string, Words>>} */
const WORDS = {
  key_missing: KEY_REQUIRED,
  key_invalid: { ...KEY_REQUIRED, problem: 'The service does not know this key.' },
  key_expired: { ...KEY_REQUIRED, problem: 'This key has expired.' },
  key_revoked: { ...KEY_REQUIRED, problem: 'This key has been revoked.' },
  scope_missing: {
    title: 'This key cannot read accounts',
    lead: 'Use a key with the scope “read”.',
    body: 'key',
  },
  account_forbidden: {
    title: 'No access to this account',
    lead: 'The current key is for other accounts. Open one of them, or use another key.',
  },
  link_invalid: {
    title: 'This link does not work',
    lead: 'The link may be incomplete. Open it again as you received it, or ask the sender for a new link.',
  },
  link_expired: {
    title: 'This link has expired',
    lead: 'The link was valid for a limited time. Ask the sender for a new link.',
  },
  link_revoked: {
    title: 'This link has been withdrawn',
    lead: 'Ask the sender for a new link.',
  },
  link_used: {
    title: 'This link has been used',
    lead: 'A WhatsApp account was linked with it. The link works only once. You can close this page.',
  },
};

/** Whether an error denies access because of the credential that the page sent. @param {string | null} code */
export function isDenial(code) {
  return code !== null && code in WORDS;
}

/** Whether the key can never work again, so that the page deletes it. @param {string} code */
export function isInvalidKey(code) {
  return code.startsWith('key_') && code !== 'key_missing';
}

/** Returns the problem of the entered key; empty: none. @param {string} code */
export function problemOf(code) {
  return WORDS[code]?.problem ?? '';
}

/** @param {string} code the error code of a denial @returns {Scene} */
export function deniedScene(code) {
  const { title, lead, body = 'plain' } = WORDS[code] ?? KEY_REQUIRED;
  const good = code === 'link_used';
  return {
    body,
    tone: good ? 'good' : 'none',
    badge: good ? 'Done' : '',
    title,
    lead,
    notice: null,
    actions: [],
    otherWay: null,
  };
}
