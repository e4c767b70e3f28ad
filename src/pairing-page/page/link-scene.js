import { deniedScene } from './access-scene.js';
import { sceneOf } from './scene.js';

/**
 * What the page shows to a customer who was sent a link: the same as to others, in words for somebody who knows nothing of
 * the service, and without what is not theirs to do.
 *
 * @typedef {import('./account-state.js').AccountState} AccountState
 * @typedef {import('./answers.js').PageLink} PageLink
 * @typedef {import('./scene.js').Scene} Scene
 */

const UNTIL = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });
const TELL = 'Tell whoever sent you this link.';

/** @type {Readonly<Record<string, string>>} */
const ADVICE = { contact_operator: TELL, update_service: TELL };

/** Which phone it has to be. @param {PageLink} link */
export function whichNumber({ phoneEnding }) {
  return phoneEnding === null ? '' : `the number ending in ${phoneEnding}`;
}

/**
 * @param {AccountState} state
 * @param {import('./scene.js').Connection} connection
 * @param {number} nowMs by the clock of the service
 * @param {PageLink} link
 * @param {boolean} isUsed what happens to the account from then on is not the customer's to see to
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
      if (step?.value === null) return { lead: begunByOthers(which), actions: ['pair'] };
      if (body === 'qr' || body === 'code') return { lead: which && `Use the phone with ${which}.` };
      if (step && body === 'plain' && actions.length > 0)
        return { lead: `It is something that this page does not know. ${TELL}` };
      return status.authExists ? { lead: 'Your WhatsApp is linked. One moment more.' } : {};
    case 'error':
    case 'idle':
      if (status.authExists)
        return status.status === 'idle' ? {} : { lead: 'Your WhatsApp is linked, but not connected.' };
      return {
        title: status.status === 'error' ? 'Not linked' : 'Link your WhatsApp',
        lead:
          lead && `${invitation(which)} This link is good until ${UNTIL.format(new Date(link.expiresAt))}.`,
      };
    case undefined:
    default:
      return status ? { lead: `This page does not know what to say now. ${TELL}` } : {};
  }
}

/** @param {string} which */
function invitation(which) {
  return `Connect the WhatsApp on your phone${which && `, with ${which}`}. It takes less than a minute.`;
}

/** Their codes would link any phone: they are not shown with a link that is for one. @param {string} which */
function begunByOthers(which) {
  return `Somebody has begun without this link. You can begin anew, with ${which || 'your phone'}.`;
}
