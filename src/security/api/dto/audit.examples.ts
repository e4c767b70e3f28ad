/* Examples of the audit trail in the OpenAPI document. A test validates each of them against its schema. */

const DISCONNECTED = {
  number: 1042,
  at: '2026-01-05T08:30:00.000Z',
  by: { kind: 'key', id: 'k7Qm2xZ9', name: 'back-office' },
  action: 'disconnect',
  accountId: 'sales',
  subject: null,
  address: '203.0.113.7',
  result: 'ok',
};

const REFUSED = {
  ...DISCONNECTED,
  number: 1041,
  at: '2026-01-05T08:29:58.000Z',
  by: { kind: 'key', id: 'Zp04TtWa', name: 'dashboard' },
  result: 'scope_missing',
};

const LINKED = {
  ...DISCONNECTED,
  number: 1040,
  at: '2026-01-04T17:12:03.000Z',
  by: { kind: 'link', id: 'n3VbY8sD', name: null },
  action: 'pair',
  address: '2001:db8::17',
};

const KEY_CREATED = {
  ...DISCONNECTED,
  number: 1039,
  at: '2026-01-04T09:00:00.000Z',
  by: { kind: 'command', id: null, name: null },
  action: 'create_key',
  accountId: null,
  subject: 'Zp04TtWa',
  address: null,
};

export const AUDIT_EXAMPLES = {
  page: {
    summary: 'A logout, a refused logout, a pairing with a page link, and a new key',
    value: { entries: [DISCONNECTED, REFUSED, LINKED, KEY_CREATED], next: 1039 },
  },
  none: { summary: 'No entries', value: { entries: [], next: null } },
};
