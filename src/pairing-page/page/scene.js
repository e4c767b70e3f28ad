/**
 * What the page shows: a function of what is known of the account, of the connection to the service and of the time.
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
 * @property {'by-number' | 'to-number' | 'to-qr' | null} otherWay what else the person may do to link
 * @property {string | null} [onward] where the person goes on from here
 */

/** What a failure asks of the person, where its message does not say that already. @type {Readonly<Record<string, string>>} */
const ADVICE = {
  scan_again: 'Show a new code and scan it.',
  pair_again: 'Link the account again.',
  retry_later: 'Try again in a while.',
  update_service: 'Whoever runs this service has to update it.',
  remove_on_phone: 'Look on the phone: WhatsApp › Settings › Linked devices.',
  contact_operator: 'Tell whoever runs this service.',
};

/** What it asks where there is a link: nobody has to scan anything. @type {Readonly<Record<string, string>>} */
const ADVICE_LINKED = { ...ADVICE, pair_again: 'Press “Connect now”.', scan_again: 'Press “Connect now”.' };

/** @param {Failure | null} failure @param {boolean} linked @returns {Scene['notice']} */
function notice(failure, linked) {
  if (!failure) return null;
  const advice = (linked ? ADVICE_LINKED : ADVICE)[failure.userAction] ?? '';
  return { message: failure.message, advice, dismissable: !linked };
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
  if (!status) return beginning(connection);
  switch (status.status) {
    case 'pending':
      return connection === 'lost' ? cutOff() : pending(state, nowMs);
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
        title: 'Something new',
        lead: `The service says that this account is “${status.status}”, which this page does not know. Whoever runs the service can tell what it means.`,
        notice: notice(state.error, status.authExists),
        actions: [],
        otherWay: null,
      };
  }
}

/** @param {Connection} connection @returns {Scene} */
function beginning(connection) {
  const lost = connection === 'lost';
  return {
    body: 'plain',
    tone: 'none',
    badge: lost ? 'Unknown' : '',
    title: lost ? 'No connection' : 'One moment',
    lead: lost ? 'How this account is cannot be told just now.' : 'Asking how this account is.',
    notice: null,
    actions: [],
    otherWay: null,
  };
}

/** A code on the screen would be dead, and somebody would scan it. @returns {Scene} */
function cutOff() {
  return {
    ...PENDING,
    body: 'plain',
    title: 'Interrupted',
    lead: 'No code can be shown until the service answers again.',
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
      title: 'Somebody is linking this account',
      lead: 'Someone who may pair sees the code.',
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
      title: 'WhatsApp asks for something else',
      lead: `It wants a step (“${step.type}”) that this page does not know. Whoever runs the service can tell how to go on.`,
      actions: ['stop'],
      otherWay: null,
    };
  }
  if (status?.authExists) {
    return {
      ...PENDING,
      body: 'plain',
      title: 'Almost there',
      lead: 'The account is linked. Its connection is being opened.',
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

/** Linked, and without a connection. @param {AccountState} state @returns {Scene} */
function down({ status, error, lastError }) {
  const failed = status?.status === 'error';
  return {
    body: 'linked',
    tone: failed ? 'bad' : 'busy',
    badge: failed ? 'Needs attention' : 'Reconnecting',
    title: failed ? 'Not connected' : 'Reconnecting',
    lead: failed
      ? 'The account is still linked, but its connection is down.'
      : `${lastError?.message ?? 'The account is linked.'} The connection comes back by itself.`,
    notice: notice(failed ? (error ?? lastError) : error, true),
    actions: ['reconnect', 'disconnect'],
    otherWay: null,
  };
}

/** @param {AccountState} state @returns {Scene} */
function unlinked({ status, error }) {
  const failed = status?.status === 'error';
  return {
    ...LINK,
    body: 'plain',
    tone: failed ? 'bad' : 'none',
    badge: failed ? 'Needs attention' : 'Not linked',
    title: failed ? 'Not linked' : 'Link this account',
    lead: error ? '' : 'Connect the WhatsApp on a phone with this service. It takes less than a minute.',
    notice: notice(error, false),
  };
}

/**
 * How an account of the list is, in a word or two.
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
      return authExists ? { tone: 'busy', words: 'Reconnecting' } : { tone: 'none', words: 'Not linked' };
    default:
      return { tone: 'none', words: status };
  }
}

/** What to do on the phone; what is to be tapped there stands between stars. @type {Readonly<Record<'qr' | 'code', readonly string[]>>} */
export const ON_THE_PHONE = {
  qr: [
    'Open WhatsApp on the phone.',
    'Tap *Settings › Linked devices*. On Android, *Linked devices* stands in the menu with the three dots.',
    'Tap *Link a device* and point the camera at this code.',
  ],
  code: [
    'Open WhatsApp on the phone with this number. If WhatsApp has sent a notification there, tap it and enter the code.',
    'Otherwise tap *Settings › Linked devices › Link a device*. On Android, *Linked devices* stands in the menu with the three dots.',
    'Tap *Link with phone number instead* and enter this code.',
  ],
};

/** @param {number} leftMs */
export function duration(leftMs) {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}

/** @param {string} code `ABCD-EFGH`, so that a screen reader says letters and not a word */
export function spelled(code) {
  return code.replace(/[^-](?=[^-])/g, '$& ').replace('-', ', ');
}
