/**
 * What a caller can be allowed to do.
 * - `read`: how accounts are, and what happens to them, but none of the codes that link them
 * - `pair`: to start and stop pairings, to see their codes, and to hand that on for one account
 * - `disconnect`: to log accounts out
 * - `admin`: to read who did what
 */
export const SCOPES = ['read', 'pair', 'disconnect', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
