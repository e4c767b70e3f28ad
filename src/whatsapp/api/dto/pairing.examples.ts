/* Examples of the pairing answers for the OpenAPI document. A test validates each against its schema. */

/** A code in WhatsApp's format, with placeholders instead of its secrets. */
const QR = {
  value: 'https://wa.me/settings/linked_devices#2@REFERENCE,NOISE_KEY,IDENTITY_KEY,ADV_SECRET,1',
  sequence: 1,
  of: 6,
  expiresAt: '2026-01-01T12:01:00.000Z',
};

export const PAIR_EXAMPLES = {
  started: {
    summary: 'A session has started; get its code with `GET /pair/qr`',
    value: { ok: true, accountId: 'default', status: 'pending' },
  },
  byCode: {
    summary: 'By phone number: the code to type on the phone',
    value: { ok: true, accountId: 'default', status: 'pending', pairingCode: 'ABCD-EFGH' },
  },
  connected: {
    summary: 'The account is connected already; no session was started',
    value: { ok: true, accountId: 'default', status: 'connected' },
  },
};

export const STOP_EXAMPLES = {
  stopped: {
    summary: 'No session of the account is pairing',
    value: { ok: true, accountId: 'default', status: 'idle' },
  },
};

export const DISCONNECT_EXAMPLES = {
  disconnected: {
    summary: 'The data of the account is deleted',
    value: { ok: true, accountId: 'default' },
  },
};

export const STATUS_EXAMPLES = {
  idle: {
    summary: 'Neither linked nor pairing',
    value: {
      accountId: 'default',
      status: 'idle',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    },
  },
  pending: {
    summary: 'The pairing waits for the scan',
    value: {
      accountId: 'default',
      status: 'pending',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    },
  },
  connected: {
    summary: 'Linked and connected',
    value: {
      accountId: 'default',
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: '4915112345678',
    },
  },
};

export const PAIRING_EXAMPLES = {
  showingCode: {
    summary: 'A QR code is shown',
    value: {
      accountId: 'default',
      status: 'pending',
      startedAt: '2026-01-01T12:00:00.000Z',
      expiresAt: '2026-01-01T12:05:00.000Z',
      step: { type: 'qr', ...QR },
      qr: QR,
      pairingCode: null,
      error: null,
    },
  },
  showingPhoneCode: {
    summary: 'A phone code is shown',
    value: {
      accountId: 'default',
      status: 'pending',
      startedAt: '2026-01-01T12:00:00.000Z',
      expiresAt: '2026-01-01T12:05:00.000Z',
      step: {
        type: 'code',
        value: 'ABCD-EFGH',
        sequence: 1,
        of: 1,
        expiresAt: '2026-01-01T12:02:35.000Z',
      },
      qr: null,
      pairingCode: 'ABCD-EFGH',
      error: null,
    },
  },
  expired: {
    summary: 'No phone scanned the code in time',
    value: {
      accountId: 'default',
      status: 'error',
      startedAt: null,
      expiresAt: null,
      step: null,
      qr: null,
      pairingCode: null,
      error: {
        code: 'qr_expired',
        message: 'No phone scanned the QR code in time. Start again for a new code.',
        userAction: 'scan_again',
      },
    },
  },
  unconfirmed: {
    summary: 'Disconnected, but WhatsApp did not confirm the logout',
    value: {
      accountId: 'default',
      status: 'idle',
      startedAt: null,
      expiresAt: null,
      step: null,
      qr: null,
      pairingCode: null,
      error: {
        code: 'logout_unconfirmed',
        message: 'WhatsApp did not confirm the logout. Remove the device on the phone, under Linked devices.',
        userAction: 'remove_on_phone',
      },
    },
  },
  noSession: {
    summary: 'No session',
    value: {
      accountId: 'default',
      status: 'idle',
      startedAt: null,
      expiresAt: null,
      step: null,
      qr: null,
      pairingCode: null,
      error: null,
    },
  },
};

export const QR_EXAMPLES = {
  svg: { code: { summary: 'A picture', value: '<svg xmlns="http://www.w3.org/2000/svg" …></svg>' } },
  png: { code: { summary: 'A picture', value: '(the bytes of a PNG file)' } },
  text: { code: { summary: 'Half blocks for a terminal', value: '█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█' } },
  json: { code: { summary: 'The text of the QR code', value: QR } },
};
