/* Examples of the link routes in the OpenAPI document. A test validates each of them against its schema. */

const CREATED_AT = '2026-01-01T12:00:00.000Z';
const EXPIRES_AT = '2026-01-02T12:00:00.000Z';
const RETURN_URL = 'https://app.example.com/whatsapp/linked';
const ID = 'n3VbY8sD';

const OPEN = {
  linkId: ID,
  accountId: 'sales',
  state: 'open',
  createdAt: CREATED_AT,
  createdBy: 'back office',
  expiresAt: EXPIRES_AT,
  endedAt: null,
  expectsNumber: true,
  returnUrl: RETURN_URL,
};

const USED = {
  ...OPEN,
  linkId: 'Tq5wK2mB',
  accountId: 'support',
  state: 'used',
  createdBy: null,
  endedAt: '2026-01-01T12:04:31.000Z',
  expectsNumber: false,
  returnUrl: null,
};

export const LINK_ORDER_EXAMPLES = {
  plain: {
    summary: 'Any phone, within a day',
    value: { accountId: 'sales', expiresInSeconds: 86_400 },
  },
  oneNumber: {
    summary: 'Only this number',
    value: { accountId: 'sales', expiresInSeconds: 3_600, expectedPhoneNumber: '+4915112345678' },
  },
};

export const MADE_LINK_EXAMPLES = {
  made: {
    summary: 'A new link',
    value: {
      ok: true,
      linkId: ID,
      accountId: 'sales',
      url: `https://wa.example.com/#wpl_${ID}_2lO6gxv0eAJvyXTEIyDhJqRk6sXcVbL3rDnM8u5wQ1o`,
      expiresAt: EXPIRES_AT,
    },
  },
};

export const LINKS_EXAMPLES = {
  page: { summary: 'An open link and a used link', value: { links: [OPEN, USED], next: 'Tq5wK2mB' } },
  none: { summary: 'No links', value: { links: [], next: null } },
};

export const REVOKED_LINK_EXAMPLES = {
  revoked: {
    summary: 'The link was revoked',
    value: { ok: true, linkId: ID, accountId: 'sales', state: 'revoked' },
  },
  used: {
    summary: 'The link had been used before',
    value: { ok: true, linkId: ID, accountId: 'sales', state: 'used' },
  },
};

export const OWN_LINK_EXAMPLES = {
  oneNumber: {
    summary: 'For the number that ends in 78',
    value: { accountId: 'sales', expiresAt: EXPIRES_AT, phoneEnding: '78', returnUrl: RETURN_URL },
  },
  plain: {
    summary: 'For any phone',
    value: { accountId: 'sales', expiresAt: EXPIRES_AT, phoneEnding: null, returnUrl: null },
  },
};
