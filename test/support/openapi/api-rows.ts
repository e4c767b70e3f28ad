import type { Scope } from '../../../src/whatsapp/domain/scope.js';
import type { Call } from '../clients/documented-api.js';
import { CODE_WAIT_MS } from '../time/time-limit.js';

/** One route with a valid call, for tests that vary only the credentials. */
export interface Row {
  readonly scope: Scope;
  readonly call: (accountId: string) => Call;
  /** Whether the call names one account, so that callers with access only to other accounts are refused. */
  readonly isOfAccount?: boolean;
  /** The status of the call with a key that has the scope. */
  readonly status: number;
  /** Whether a page link permits the call. */
  readonly isForLinks?: boolean;
}

const query = (accountId: string): Call => ({ query: `?accountId=${accountId}` });
const body = (accountId: string): Call => ({ body: JSON.stringify({ accountId }) });
const nothing = (): Call => ({});

/** Every route of the API. */
export const ROWS: Readonly<Record<string, Row>> = {
  status: { scope: 'read', call: query, isOfAccount: true, status: 200, isForLinks: true },
  accounts: { scope: 'read', call: nothing, status: 200 },
  events: { scope: 'read', call: query, isOfAccount: true, status: 200, isForLinks: true },
  pair: { scope: 'pair', call: body, isOfAccount: true, status: 200, isForLinks: true },
  pairing: { scope: 'read', call: query, isOfAccount: true, status: 200, isForLinks: true },
  pairingQr: {
    scope: 'pair',
    call: (accountId) => ({ query: `?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}` }),
    isOfAccount: true,
    status: 200,
    isForLinks: true,
  },
  stopPairing: { scope: 'pair', call: body, isOfAccount: true, status: 200, isForLinks: true },
  disconnect: { scope: 'disconnect', call: body, isOfAccount: true, status: 200 },
  makeLink: {
    scope: 'pair',
    call: (accountId) => ({ body: JSON.stringify({ accountId, expiresInSeconds: 60 }) }),
    isOfAccount: true,
    status: 200,
  },
  links: { scope: 'pair', call: query, isOfAccount: true, status: 200 },
  revokeLink: { scope: 'pair', call: nothing, status: 200 },
  ownLink: { scope: 'read', call: nothing, status: 404, isForLinks: true },
  audit: { scope: 'admin', call: query, isOfAccount: true, status: 200 },
};
