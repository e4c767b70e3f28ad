import { deniedScene } from './access-scene.js';
import { sceneOf } from './scene.js';

/**
 * The content of the page for a customer who opened a page link. It is the scene of the account without the actions of
 * operators, in words for readers who do not know the service.
 *
 * @typedef {import('./account-state.js').AccountState} AccountState
 * @typedef {import('./answers.js').PageLink} PageLink
 * @typedef {import('./scene.js').Scene} Scene
 */

const UNTIL = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });
const CONTACT = 'Contact the sender of this link.';

/** @type {Readonly<Record<string, string>>} */
const ADVICE = { contact_operator: CONTACT, update_service: CONTACT };

/** Names the phone number that the link requires; empty: any number. @param {PageLink} link */
export function whichNumber({ phoneEnding }) {
  return phoneEnding === null ? '' : `the number ending in ${phoneEnding}`;
}

/**
 * @param {AccountState} state
 * @param {import('./scene.js').Connection} connection
 * @param {number} nowMs by the clock of the service
 * @param {PageLink} link
 * @param {boolean} isUsed whether the link has linked the account; later states of the account do not concern the
 * customer
 * @returns {Scene}
 */
export function linkSceneOf(state, connection, nowMs, link, isUsed) {
  if (isUsed) return state.status?.authExists ? linked(link) : deniedScene('link_used');
  const scene = sceneOf(state, connection, nowMs);
  const actions = scene.actions.filter((action) => action !== 'disconnect');
  return { ...scene, actions, notice: noticeOf(scene, state), ...words(state, scene, link) };
}

/** @param {PageLink} link @returns {Scene} */
function linked({ returnUrl }) {
  return {
    body: 'linked',
    tone: 'good',
    badge: 'Linked',
    title: 'Your WhatsApp is linked',
    lead: returnUrl === null ? 'You can close this page.' : '',
    notice: null,
    actions: [],
    otherWay: null,
    onward: returnUrl,
  };
}

/** @param {Scene} scene @param {AccountState} state @returns {Scene['notice']} */
function noticeOf({ notice }, { error, lastError }) {
  const advice = ADVICE[(error ?? lastError)?.userAction ?? ''];
  return notice && advice ? { ...notice, advice } : notice;
}

/** @param {AccountState} state @param {Scene} scene @param {PageLink} link @returns {Partial<Scene>} */
function words({ status, step }, { body, lead, actions }, link) {
  const which = whichNumber(link);
  switch (status?.status) {
    case 'connected':
      return linked(link);
    case 'pending':
      if (step?.value === null) return { lead: startedByOthers(which), actions: ['pair'] };
      if (body === 'qr' || body === 'code') return { lead: which && `Use the phone with ${which}.` };
      if (step && body === 'plain' && actions.length > 0)
        return { lead: `This page does not know the next step. ${CONTACT}` };
      return status.authExists ? { lead: 'Your WhatsApp is linked. It connects now.' } : {};
    case 'error':
    case 'idle':
      if (status.authExists)
        return status.status === 'idle' ? {} : { lead: 'Your WhatsApp is linked, but not connected.' };
      return {
        title: status.status === 'error' ? 'Not linked' : 'Link your WhatsApp',
        lead:
          lead && `${invitation(which)} This link is valid until ${UNTIL.format(new Date(link.expiresAt))}.`,
      };
    case undefined:
    default:
      return status ? { lead: `This page does not know the state of your WhatsApp. ${CONTACT}` } : {};
  }
}

/** @param {string} which */
function invitation(which) {
  return `Link WhatsApp on your phone${which && `, with ${which}`}. This needs less than a minute.`;
}

/**
 * A pairing that was started without this link accepts any phone. Its codes are not shown with a link that requires a
 * number.
 * @param {string} which
 */
function startedByOthers(which) {
  return `Linking was started without this link. You can start again, with ${which || 'your phone'}.`;
}
