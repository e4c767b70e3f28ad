import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

/** What the stores of all stand-ins are at one point of the program; an immutable list. */
interface Entry {
  readonly owner: object;
  readonly store: unknown;
  readonly outer: Entry | undefined;
}

const shared = new AsyncLocalStorage<Entry | undefined>();

/** The part of AsyncLocalStorage that Baileys uses, on one real storage for all instances. */
class SharedAsyncLocalStorage<T> {
  getStore(): T | undefined {
    let entry = shared.getStore();
    while (entry && entry.owner !== this) entry = entry.outer;
    return entry?.store as T | undefined;
  }

  run<R, A extends unknown[]>(store: T, callback: (...args: A) => R, ...args: A): R {
    return shared.run({ owner: this, store, outer: shared.getStore() }, callback, ...args);
  }
}

/** From Node 24 on a storage costs nothing while it is not used, and the export can no longer be replaced. */
const needed = Number(process.versions.node.split('.')[0]) < 24;

/**
 * Runs `work` (synchronous) while `async_hooks` exports the stand-in. Baileys makes one AsyncLocalStorage per socket, and
 * before Node 24 each of them taxes every promise of the process for ever. Nothing else can run in between, so a host
 * never sees the stand-in; its own storages are left alone.
 */
export function withSharedAsyncLocalStorage<R>(work: () => R): R {
  if (!needed) return work();
  const original = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
  if (!original) return work();
  Object.defineProperty(asyncHooks, 'AsyncLocalStorage', {
    value: SharedAsyncLocalStorage,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  syncBuiltinESMExports();
  try {
    // A socket opened from within another one's transaction must not inherit, and so keep alive, its stores.
    return shared.run(undefined, work);
  } finally {
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', original);
    syncBuiltinESMExports();
  }
}
