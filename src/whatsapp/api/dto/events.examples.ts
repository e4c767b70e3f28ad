import { ACCOUNTS_EXAMPLES } from './accounts.examples.js';
import { PAIRING_EXAMPLES, STATUS_EXAMPLES } from './pairing.examples.js';

/* Examples of the event stream's messages for the OpenAPI document. A test validates each against its schema. */

const { idle, pending, connected } = STATUS_EXAMPLES;
const { noSession, showingCode, showingPhoneCode, expired } = PAIRING_EXAMPLES;
const [listed] = ACCOUNTS_EXAMPLES.page.value.accounts;

const NEVER_LINKED = { linkedAt: null, lastConnectedAt: null, lastError: null };

const ABOUT = { accountId: 'default', at: '2026-01-01T12:00:00.500Z' };

function message(summary: string, event: string, number: number, payload: object): object {
  const data = { ...ABOUT, sequence: number, ...payload };
  return { summary, value: { id: `3f9c2ab81d04-${40 + number}`, event, data } };
}

export const EVENTS_EXAMPLES = {
  snapshot: {
    summary: 'The first message: the current state of the account',
    value: {
      id: '3f9c2ab81d04-40',
      event: 'snapshot',
      data: {
        resumed: false,
        reason: 'first',
        accounts: [
          {
            sequence: 0,
            status: idle.value,
            pairing: noSession.value,
            account: { ...idle.value, ...NEVER_LINKED },
          },
        ],
        more: false,
      },
    },
  },
  status: message('A pairing has started', 'status', 1, {
    status: pending.value,
    pairing: { ...showingCode.value, step: null, qr: null },
  }),
  qr: message('A QR code is shown or renewed', 'qr', 2, { pairing: showingCode.value }),
  code: message('A phone code is shown or renewed', 'code', 3, { pairing: showingPhoneCode.value }),
  error: message('The code expired before the user used it', 'error', 4, {
    error: expired.value.error,
    pairing: expired.value,
  }),
  linked: message('The account is linked and connected', 'status', 5, {
    status: connected.value,
    pairing: { ...noSession.value, status: 'connected' },
  }),
  connection: message('The dates of the link and of the connection', 'connection', 6, {
    account: { ...listed, ...connected.value },
  }),
};
