/**
 * The permissions of a caller.
 * - `read`: reads the status and the events of accounts, without the codes that link them
 * - `pair`: starts and stops pairings, reads their codes, and creates page links for an account
 * - `disconnect`: logs accounts out
 * - `admin`: reads the audit log
 */
export const SCOPES = ['read', 'pair', 'disconnect', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
