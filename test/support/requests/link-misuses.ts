type Misuse = readonly [method: string, path: string, body: unknown, code: string];

/** Calls that a page link of the account `mine` does not permit. */
export function misuses(linkId: string): readonly Misuse[] {
  return [
    ['GET', 'status', undefined, 'account_forbidden'],
    ['GET', 'status?accountId=Mine', undefined, 'account_forbidden'],
    ['GET', 'pair?accountId=once', undefined, 'account_forbidden'],
    ['GET', 'pair/qr?accountId=unknown', undefined, 'account_forbidden'],
    ['GET', 'events', undefined, 'account_forbidden'],
    ['GET', 'events?accountId=once', undefined, 'account_forbidden'],
    ['GET', 'events?accountId=mine&accountId=once', undefined, 'invalid_request'],
    ['POST', 'pair', {}, 'account_forbidden'],
    ['POST', 'pair', undefined, 'account_forbidden'],
    ['POST', 'pair', { accountId: 'once' }, 'account_forbidden'],
    ['POST', 'pair/stop', { accountId: 'once' }, 'account_forbidden'],
    ['POST', 'disconnect', { accountId: 'mine' }, 'scope_missing'],
    ['GET', 'accounts', undefined, 'scope_missing'],
    ['GET', 'links?accountId=mine', undefined, 'scope_missing'],
    ['POST', 'links', { accountId: 'mine', expiresInSeconds: 60 }, 'scope_missing'],
    ['DELETE', `links/${linkId}`, undefined, 'scope_missing'],
    ['GET', 'audit', undefined, 'scope_missing'],
  ];
}
