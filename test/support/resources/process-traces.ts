import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { Server } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WATCHED: readonly (readonly [name: string, object: object])[] = [
  ['globalThis', globalThis],
  ['process', process],
  ['console', console],
  ['Object', Object],
  ['Object.prototype', Object.prototype],
  ['Array.prototype', Array.prototype],
  ['Function.prototype', Function.prototype],
  ['String.prototype', String.prototype],
  ['Promise', Promise],
  ['Promise.prototype', Promise.prototype],
  ['Map.prototype', Map.prototype],
  ['Error', Error],
  ['JSON', JSON],
  ['EventEmitter', EventEmitter],
  ['EventEmitter.prototype', EventEmitter.prototype],
  ['Socket.prototype', Socket.prototype],
  ['Server.prototype', Server.prototype],
  ['AsyncLocalStorage.prototype', AsyncLocalStorage.prototype],
];

/** Leaves out accessors: they belong to Node, and lazy ones replace themselves with their values. */
function valuesOf(object: object): Map<string | symbol, unknown> {
  const values = new Map<string | symbol, unknown>();
  for (const key of Reflect.ownKeys(object)) {
    if (key === '_events' || key === '_eventsCount') continue;
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property && 'value' in property) values.set(key, property.value);
  }
  return values;
}

/**
 * Returns the listeners of `process` with their events. Only added listeners count: a library may remove its listener
 * when the object behind it has been collected.
 */
function listeners(): Map<unknown, string> {
  const pairs = process
    .eventNames()
    .flatMap((event) => process.rawListeners(event).map((listener) => [listener, String(event)] as const));
  return new Map(pairs);
}

/** Returns the mode of a new file, which shows the umask. `process.umask()` without an argument would set it. */
function newFileMode(): number {
  const path = join(tmpdir(), `umask-${process.pid}`);
  writeFileSync(path, '');
  const { mode } = statSync(path);
  rmSync(path);
  return mode;
}

/** Records the process-wide state. Returns a function that lists the differences since then. */
export function processTraces(): () => string[] {
  const before = WATCHED.map(([name, object]) => ({
    name,
    object,
    values: valuesOf(object),
    names: new Set(Reflect.ownKeys(object)),
  }));
  const listening = listeners();
  const mode = newFileMode();
  return () => {
    const found: string[] = [];
    for (const { name, object, values, names } of before) {
      const now = valuesOf(object);
      const changed = [...values.keys()].filter((key) => !Object.is(values.get(key), now.get(key)));
      const added = Reflect.ownKeys(object).filter((key) => !names.has(key));
      found.push(...[...changed, ...added].map((key) => `${name}.${String(key)}`));
    }
    for (const [listener, event] of listeners()) {
      if (!listening.has(listener)) found.push(`process.on(${event})`);
    }
    if (newFileMode() !== mode) found.push('umask');
    return found;
  };
}

/** Records the environment variables that code of the product reads. Reads by its libraries do not count. */
export function watchEnvironment(): ReadonlySet<string> {
  const read = new Set<string>();
  const record = (name: string | symbol): void => {
    const caller = new Error().stack?.split('\n')[3] ?? '';
    if (caller.includes('/dist/src/')) read.add(String(name));
  };
  process.env = new Proxy(process.env, {
    get: (environment, name) => {
      record(name);
      return Reflect.get(environment, name) as unknown;
    },
    has: (environment, name) => {
      record(name);
      return Reflect.has(environment, name);
    },
    ownKeys: (environment) => {
      record('*');
      return Reflect.ownKeys(environment);
    },
  });
  return read;
}
