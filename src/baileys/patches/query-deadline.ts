// Fault: Baileys 7.0.0-rc14 returns undefined for a query without an answer, after 60 s; app state then queries for ever.
// Remove when a query without an answer rejects.

import { DEF_TAG_PREFIX, type BinaryNode, type WASocket } from '@whiskeysockets/baileys';

type Emitter = Pick<WASocket['ws'], 'on' | 'off' | 'emit'>;
/** A listener added with `once` has the given one as a property. */
type Listener = ((...values: never[]) => void) & { readonly listener?: unknown };

/** How much longer Baileys' own limit must be, which would resolve the query with undefined. */
export const FALLBACK_MS = 1_000;

/**
 * Answers each query that WhatsApp does not answer in time with an error 408, so that it rejects.
 * Many callers in Baileys read the answer without a check, and hold a lock meanwhile. `resyncAppState` even repeats an
 * unanswered query for ever, in a transaction that every message of the account waits for. An error ends it.
 * A query listens for the event of its id, and stops when it is answered. Nothing else shows that it begins. The ping
 * of `KeepAlive` listens with `once`: an error made here must not count as its answer.
 */
export function endUnansweredQueries(ws: Emitter, timeoutMs: number): void {
  const timers = new Map<string, NodeJS.Timeout>();
  const on = ws.on.bind(ws) as (event: string, listener: Listener) => unknown;
  const off = ws.off.bind(ws) as (event: string, listener: Listener) => unknown;
  const forget = (event: string): void => {
    clearTimeout(timers.get(event));
    timers.delete(event);
  };
  Reflect.set(ws, 'on', (event: string, listener: Listener) => {
    if (event.startsWith(DEF_TAG_PREFIX) && listener.listener === undefined) {
      forget(event);
      const timer = setTimeout(() => {
        // After a suspension the answer can be in the buffer of the socket. It is read before the immediate runs.
        setImmediate(() => {
          if (timers.get(event) !== timer) return;
          forget(event);
          ws.emit(event, unanswered(event.slice(DEF_TAG_PREFIX.length)));
        });
      }, timeoutMs);
      timers.set(event, timer);
    }
    on(event, listener);
    return ws;
  });
  Reflect.set(ws, 'off', (event: string, listener: Listener) => {
    forget(event);
    off(event, listener);
    return ws;
  });
}

function unanswered(id: string): BinaryNode {
  const error = { tag: 'error', attrs: { code: '408', text: 'WhatsApp did not answer in time' } };
  return { tag: 'iq', attrs: { id, type: 'error' }, content: [error] };
}
