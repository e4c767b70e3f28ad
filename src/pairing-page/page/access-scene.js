/**
 * What the page shows to somebody whom the service does not let in, or not that far.
 *
 * @typedef {import('./scene.js').Scene} Scene
 * @typedef {{ title: string, lead: string, body?: Scene['body'], problem?: string }} Words
 */

const ASKS = {
  title: 'This service asks for a key',
  lead: 'Whoever runs it can give you one.',
  body: /** @type {const} */ ('key'),
};

/** By the code of the error. @type {Readonly<Record<string, Words>>} */
const WORDS = {
  key_missing: ASKS,
  key_invalid: { ...ASKS, problem: 'The service does not know this key.' },
  key_expired: { ...ASKS, problem: 'This key has expired.' },
  key_revoked: { ...ASKS, problem: 'This key has been revoked.' },
  scope_missing: {
    title: 'This key shows nothing here',
    lead: 'It may not read how accounts are. Another key may.',
    body: 'key',
  },
  account_forbidden: {
    title: 'Not an account of this key',
    lead: 'The key in use is for other accounts.',
  },
  link_invalid: {
    title: 'This link does not work',
    lead: 'It may have been cut off on its way. Open it again as you received it, or ask whoever sent it for a new one.',
  },
  link_expired: {
    title: 'This link has expired',
    lead: 'It was good for a limited time. Ask whoever sent it for a new one.',
  },
  link_revoked: {
    title: 'This link has been withdrawn',
    lead: 'Ask whoever sent it whether there is a new one.',
  },
  link_used: {
    title: 'This link has been used',
    lead: 'A WhatsApp was linked with it, and it works only once. There is nothing more to do here.',
  },
};

/** Whether an error says that nothing is shown to this person, and what they showed for it decides that. @param {string | null} code */
export function isDenial(code) {
  return code !== null && code in WORDS;
}

/** Whether what they showed is good for nothing any more. @param {string} code */
export function isDead(code) {
  return code.startsWith('key_') && code !== 'key_missing';
}

/** What is wrong with the key that was given; empty: nothing. @param {string} code */
export function problemOf(code) {
  return WORDS[code]?.problem ?? '';
}

/** @param {string} code of a denial @returns {Scene} */
export function deniedScene(code) {
  const { title, lead, body = 'plain' } = WORDS[code] ?? ASKS;
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
