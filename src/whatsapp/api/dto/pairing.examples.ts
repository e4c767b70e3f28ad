/* What the answers look like, for the OpenAPI document. A test holds each to its schema. */

/** A code as WhatsApp's, with placeholders where its secrets stand. */
const QR = {
  value: 'https://wa.me/settings/linked_devices#2@REFERENCE,NOISE_KEY,IDENTITY_KEY,ADV_SECRET,1',
  sequence: 1,
  of: 6,
  expiresAt: '2026-01-01T12:01:00.000Z',
};

export const PAIR_EXAMPLES = {
  started: {
    summary: 'A session has started; get the code',
    value: { ok: true, accountId: 'default', status: 'pending' },
  },
  byCode: {
    summary: 'By phone number: the code to type on the phone',
    value: { ok: true, accountId: 'default', status: 'pending', pairingCode: 'ABCD-EFGH' },
  },
  connected: {
    summary: 'Linked and live already; nothing was started',
    value: { ok: true, accountId: 'default', status: 'connected' },
  },
};

export const STOP_EXAMPLES = {
  stopped: {
    summary: 'No session of the account is pairing now',
    value: { ok: true, accountId: 'default', status: 'idle' },
  },
};

export const DISCONNECT_EXAMPLES = {
  disconnected: {
    summary: 'Nothing of the account is stored any more',
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
    summary: 'Waiting for the scan',
    value: {
      accountId: 'default',
      status: 'pending',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    },
  },
  connected: {
    summary: 'Linked and live',
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
    summary: 'A code is on the screen',
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
    summary: 'A code is to be typed on the phone',
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
    summary: 'Nobody scanned it in time',
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
        message: 'No phone scanned the code in time; start again for a new one.',
        userAction: 'scan_again',
      },
    },
  },
  unconfirmed: {
    summary: 'Disconnected, but WhatsApp did not say that it knows',
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
        message: 'WhatsApp did not confirm the logout: remove the device on the phone, under Linked devices.',
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
  json: { code: { summary: 'The text to draw', value: QR } },
};
