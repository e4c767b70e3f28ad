import { AsyncLocalStorage } from 'node:async_hooks';
import { isPromise } from 'node:util/types';

/** What the stores of all storages of Baileys are at one point of the program; an immutable list. */
interface Entry {
  readonly owner: object;
  readonly store: unknown;
  readonly outer: Entry | undefined;
}

/** From Node 24 on a storage costs nothing while it is not used. */
const needed = Number(process.versions.node.split('.')[0]) < 24;

/** The property that the constructor sets before Node 24, for whoever wants to know which storages are made. */
const MARK = 'enabled';

const shared = new AsyncLocalStorage<Entry>();
let running = 0;

/**
 * Runs `work` (synchronous) and puts every AsyncLocalStorage that it makes onto one for all. Baileys makes one per socket,
 * and before Node 24 each that was used once taxes every promise of the process for ever; the one for all does so only
 * while a transaction of Baileys is running. Nothing else can run in between, so the storages of a host are left alone,
 * and nothing that a host could see is changed afterwards.
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
    // A socket opened from within another one's transaction must not inherit, and so keep alive, its stores.
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
