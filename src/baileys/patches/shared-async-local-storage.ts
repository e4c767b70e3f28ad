// Fault: Baileys 7.0.0-rc14 makes an AsyncLocalStorage per socket; before Node 24 each used one slows every promise.
// Remove when Node 24 is the oldest supported version, or when Baileys shares one storage.

import { AsyncLocalStorage } from 'node:async_hooks';
import { isPromise } from 'node:util/types';

/** The stores of all storages of Baileys at one point of the program: an immutable list. */
interface Entry {
  readonly owner: object;
  readonly store: unknown;
  readonly outer: Entry | undefined;
}

/** From Node 24 on an unused storage costs nothing. */
const needed = Number(process.versions.node.split('.')[0]) < 24;

/** The property that the constructor sets before Node 24. A setter for it sees which storages are made. */
const MARK = 'enabled';

const shared = new AsyncLocalStorage<Entry>();
let running = 0;

/**
 * Runs `work` (synchronous), and backs every AsyncLocalStorage that it makes with one shared storage.
 * Baileys makes one storage per socket. Before Node 24 each storage that was used once slows every promise of the
 * process forever. The shared one does so only while a transaction of Baileys runs.
 * No other code can run meanwhile, so the storages of a host application are not affected. Nothing that the host can
 * see stays changed.
 */
export function withSharedAsyncLocalStorage<R>(work: () => R): R {
  if (!needed) return work();
  Object.defineProperty(AsyncLocalStorage.prototype, MARK, {
    configurable: true,
    get: () => undefined,
    set(this: AsyncLocalStorage<unknown>, value: unknown) {
      Object.defineProperty(this, MARK, { value, writable: true, enumerable: true, configurable: true });
      share(this);
    },
  });
  try {
    // A socket that is opened inside the transaction of another must not inherit its stores and so keep them alive.
    return shared.exit(work);
  } finally {
    Reflect.deleteProperty(AsyncLocalStorage.prototype, MARK);
  }
}

/** The part of AsyncLocalStorage that Baileys uses. */
function share(storage: AsyncLocalStorage<unknown>): void {
  storage.getStore = () => {
    let entry = shared.getStore();
    while (entry && entry.owner !== storage) entry = entry.outer;
    return entry?.store;
  };
  storage.run = <R>(store: unknown, callback: (...args: never[]) => R, ...args: never[]): R => {
    const entry = { owner: storage, store, outer: shared.getStore() };
    running += 1;
    let result: R | undefined;
    try {
      return (result = shared.run(entry, callback, ...args));
    } finally {
      if (isPromise(result)) result.then(ended, ended);
      else ended();
    }
  };
}

function ended(): void {
  running -= 1;
  if (running === 0) shared.disable();
}
