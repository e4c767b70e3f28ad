/**
 * The content of the page, as a pure function of the account's state, the connection to the service and the time.
 *
 * @typedef {import('./account-state.js').AccountState} AccountState
 * @typedef {import('./answers.js').Failure} Failure
 *
 * @typedef {'live' | 'begin' | 'lost'} Connection to the service
 * @typedef {'good' | 'busy' | 'bad' | 'none'} Tone
 *
 * @typedef {object} Scene
 * @property {'plain' | 'preparing' | 'qr' | 'code' | 'linked' | 'key'} body
 * @property {Tone} tone
 * @property {string} badge
 * @property {string} title
 * @property {string} lead
 * @property {{ message: string, advice: string, dismissable: boolean } | null} notice
 * @property {readonly ('pair' | 'reconnect' | 'stop' | 'disconnect')[]} actions
 * @property {'by-number' | 'to-number' | 'to-qr' | null} otherWay the other way to link that the page offers
 * @property {string | null} [onward] the address to which the user continues
 */

/** The user's next action after a failure, by `userAction`. @type {Readonly<Record<string, string>>} */
const ADVICE = {
  scan_again: 'Show a new code and scan it.',
  pair_again: 'Link the account again.',
  retry_later: 'Try again later.',
  update_service: 'Ask the operator of this service to update it.',
  remove_on_phone: 'Look on the phone: WhatsApp › Settings › Linked devices.',
  contact_operator: 'Contact the operator of this service.',
};

/** The same for a linked account, which needs no new code. @type {Readonly<Record<string, string>>} */
const ADVICE_LINKED = { ...ADVICE, pair_again: 'Press “Connect now”.', scan_again: 'Press “Connect now”.' };

/** @param {Failure | null} failure @param {boolean} linked @returns {Scene['notice']} */
function notice(failure, linked) {
  if (!failure) return null;
  const { message, userAction } = failure;
  const advice = (linked ? ADVICE_LINKED : ADVICE)[userAction] ?? '';
  return { message, advice: message.endsWith(advice) ? '' : advice, dismissable: !linked };
}

const PENDING = { tone: /** @type {const} */ ('busy'), badge: 'Linking', notice: null };
const LINK = {
  actions: /** @type {const} */ (['pair']),
  otherWay: /** @type {const} */ ('by-number'),
};

/**
 * @param {AccountState} state
 * @param {Connection} connection
 * @param {number} nowMs by the clock of the service
 * @returns {Scene}
 */
export function sceneOf(state, connection, nowMs) {
  const { status } = state;
  if (!status) return withoutState(connection);
  switch (status.status) {
    case 'pending':
      return connection === 'lost' ? interrupted() : pending(state, nowMs);
    case 'connected':
      return {
        body: 'linked',
        tone: 'good',
        badge: 'Connected',
        title: 'Connected',
        lead: '',
        notice: null,
        actions: ['disconnect'],
        otherWay: null,
      };
    case 'idle':
    case 'error':
      return status.authExists ? down(state) : unlinked(state);
    default:
      return {
        body: 'plain',
        tone: 'none',
        badge: status.status,
        title: 'Unknown state',
        lead: `The service reports the state “${status.status}”, which this page does not know. Ask the operator of this service.`,
        notice: notice(state.error, status.authExists),
        actions: [],
        otherWay: null,
      };
  }
}

/** @param {Connection} connection @returns {Scene} */
function withoutState(connection) {
  const lost = connection === 'lost';
  return {
    body: 'plain',
    tone: 'none',
    badge: lost ? 'Unknown' : '',
    title: lost ? 'No connection' : 'Loading',
    lead: lost ? 'The state of this account is unknown at the moment.' : 'Reading the state of this account.',
    notice: null,
    actions: [],
    otherWay: null,
  };
}

/** Without a connection to the service no code is shown: it could be invalid already. @returns {Scene} */
function interrupted() {
  return {
    ...PENDING,
    body: 'plain',
    title: 'Interrupted',
    lead: 'The page shows a code again when the service answers.',
    actions: [],
    otherWay: null,
  };
}

/** @param {AccountState} state @param {number} nowMs @returns {Scene} */
function pending({ status, step }, nowMs) {
  if (step?.value === null) {
    return {
      ...PENDING,
      body: 'plain',
      title: 'This account is being linked',
      lead: 'To see the code, use a key with the scope “pair”.',
      actions: [],
      otherWay: null,
    };
  }
  if (step?.type === 'qr' && step.expiresAtMs > nowMs) {
    return {
      ...PENDING,
      body: 'qr',
      title: 'Scan this code',
      lead: '',
      actions: ['stop'],
      otherWay: 'to-number',
    };
  }
  if (step?.type === 'code' && step.expiresAtMs > nowMs) {
    return {
      ...PENDING,
      body: 'code',
      title: 'Enter this code on the phone',
      lead: '',
      actions: ['stop'],
      otherWay: 'to-qr',
    };
  }
  if (step && step.type !== 'qr' && step.type !== 'code') {
    return {
      ...PENDING,
      body: 'plain',
      title: 'WhatsApp requires another step',
      lead: `This page does not know the step “${step.type}”. Ask the operator of this service how to continue.`,
      actions: ['stop'],
      otherWay: null,
    };
  }
  if (status?.authExists) {
    return {
      ...PENDING,
      body: 'plain',
      title: 'Connecting',
      lead: 'The account is linked. It connects now.',
      actions: ['stop'],
      otherWay: null,
    };
  }
  return {
    ...PENDING,
    body: 'preparing',
    title: 'Getting a code',
    lead: '',
    actions: ['stop'],
    otherWay: null,
  };
}

/**
 * A linked account without a connection. Without an error it reconnects only while the service gives a reason for the
 * outage: a stopped account has none.
 * @param {AccountState} state
 * @returns {Scene}
 */
function down({ status, error, lastError }) {
  const failed = status?.status === 'error';
  const shared = {
    body: /** @type {const} */ ('linked'),
    notice: notice(failed ? (error ?? lastError) : error, true),
    actions: /** @type {const} */ (['reconnect', 'disconnect']),
    otherWay: null,
  };
  if (!failed && lastError) {
    const lead = `${lastError.message} It reconnects automatically.`;
    return { ...shared, tone: 'busy', badge: 'Reconnecting', title: 'Reconnecting', lead };
  }
  return {
    ...shared,
    tone: failed ? 'bad' : 'none',
    badge: failed ? 'Needs attention' : 'Not connected',
    title: 'Not connected',
    lead: 'The account is still linked, but its connection is down.',
  };
}

/** An account that is not linked. @param {AccountState} state @returns {Scene} */
function unlinked({ status, error }) {
  const failed = status?.status === 'error';
  return {
    ...LINK,
    body: 'plain',
    tone: failed ? 'bad' : 'none',
    badge: failed ? 'Needs attention' : 'Not linked',
    title: failed ? 'Not linked' : 'Link this account',
    lead: error ? '' : 'Link WhatsApp on a phone with this service. This needs less than a minute.',
    notice: notice(error, false),
  };
}

/**
 * Returns the state of an account in the list, as one or two words.
 * @param {import('./answers.js').Status} status
 * @returns {{ tone: Tone, words: string }}
 */
export function inTheList({ status, authExists }) {
  switch (status) {
    case 'connected':
      return { tone: 'good', words: 'Connected' };
    case 'pending':
      return { tone: 'busy', words: 'Linking' };
    case 'error':
      return { tone: 'bad', words: 'Needs attention' };
    case 'idle':
      return { tone: 'none', words: authExists ? 'Not connected' : 'Not linked' };
    default:
      return { tone: 'none', words: status };
  }
}

/**
 * The instructions for the phone. Labels to tap are between stars.
 * @type {Readonly<Record<'qr' | 'code', readonly string[]>>}
 */
export const ON_THE_PHONE = {
  qr: [
    'Open WhatsApp on the phone.',
    'Tap *Settings › Linked devices*. On Android, *Linked devices* is in the menu with the three dots.',
    'Tap *Link a device* and point the camera at this code.',
  ],
  code: [
    'Open WhatsApp on the phone with this number. If the phone shows a notification of WhatsApp, tap it and enter the code.',
    'Otherwise tap *Settings › Linked devices › Link a device*. On Android, *Linked devices* is in the menu with the three dots.',
    'Tap *Link with phone number instead* and enter this code.',
  ],
};

/** @param {number} leftMs */
export function duration(leftMs) {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}

/** Spaces a code out, so that a screen reader reads letters and not a word. @param {string} code `ABCD-EFGH` */
export function spelled(code) {
  return code.replace(/[^-](?=[^-])/g, '$& ').replace('-', ', ');
}
