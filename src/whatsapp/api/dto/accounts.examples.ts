/* Examples of a page of accounts for the OpenAPI document. A test validates each against its schema. */

const CONNECTED = {
  accountId: 'sales',
  status: 'connected',
  authExists: true,
  serviceConnected: true,
  servicePhone: '4915112345678',
  linkedAt: '2026-01-01T12:00:00.000Z',
  lastConnectedAt: '2026-01-05T08:30:00.000Z',
  lastError: null,
};

const DOWN = {
  ...CONNECTED,
  accountId: 'support',
  status: 'idle',
  serviceConnected: false,
  servicePhone: null,
  lastError: {
    code: 'connection_lost',
    message: 'The connection to WhatsApp was lost.',
    userAction: 'retry_later',
  },
};

const UNLINKED = {
  ...DOWN,
  accountId: 'warehouse',
  status: 'error',
  authExists: false,
  lastError: {
    code: 'unlinked_by_phone',
    message: 'The device was removed on the phone. Link it again.',
    userAction: 'scan_again',
  },
};

export const ACCOUNTS_EXAMPLES = {
  page: {
    summary: 'One account is connected, one is reconnecting, one was removed on the phone',
    value: { accounts: [CONNECTED, DOWN, UNLINKED], next: 'warehouse' },
  },
  none: { summary: 'No account yet', value: { accounts: [], next: null } },
};
