import asyncHooks, { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';

/**
 * The findings, printed as one line of JSON. The program runs without Jest, in which neither of the two patches
 * works.
 */
export interface Findings {
  /** The storages of two sockets; none from Node 24 on. `enabled`: a transaction enabled it. */
  readonly storages: readonly { readonly enabled: boolean }[];
  /** Whether Node tracks every promise, as it does for an enabled storage. */
  readonly followsPromises: { readonly within: boolean; readonly afterwards: boolean };
  readonly exportRestored: boolean;
  readonly transactionsSeen: readonly [inFirst: boolean, inSecond: boolean, outside: boolean];
  readonly hostStoreWithin: unknown;
  readonly captureRejectionsRestored: boolean;
  readonly hostEmitterCaptures: boolean;
  readonly rejections: readonly string[];
  /** The errors that listeners of a socket threw, up to the end of the socket. */
  readonly thrown: readonly string[];
  /** The calls of a listener that stayed, and of one that was removed. */
  readonly listenerCalls: { readonly kept: number; readonly removed: number };
}

const storages: AsyncLocalStorage<unknown>[] = [];
const replaceable = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage')?.writable === true;
if (replaceable) {
  asyncHooks.AsyncLocalStorage = class<T> extends AsyncLocalStorage<T> {
    constructor() {
      super();
      storages.push(this);
    }
  };
  syncBuiltinESMExports();
}
const hostClass = asyncHooks.AsyncLocalStorage;

const { initAuthCreds } = await import('@whiskeysockets/baileys');
const { makeGuardedSocket, reportThrowingListeners } =
  await import('../../../src/baileys/socket/guarded-socket.js');
const { PairingAuthState } = await import('../../../src/baileys/auth-state/pairing-auth-state.js');
const { silentLogger } = await import('../../../src/baileys/baileys.logger.js');

const rejecting = (() => Promise.reject(new Error('the listener rejected'))) as () => void;
const rejections: string[] = [];
const rejected = (_error: unknown, event: string): void => {
  rejections.push(event);
};

function socket() {
  const creds = { ...initAuthCreds(), me: { id: '4915112345678:1@s.whatsapp.net' } };
  const auth = new PairingAuthState(creds);
  return makeGuardedSocket({ auth, logger: silentLogger, waWebSocketUrl: 'ws://127.0.0.1:1/' }, rejected);
}

storages.length = 0;
const [first, second] = [socket(), socket()];

/** Node gives promises their own numbers only while promises are tracked. */
async function followsPromises(): Promise<boolean> {
  const here = (): Promise<number> => Promise.resolve().then(executionAsyncId);
  return (await here()) !== (await here());
}

const follows = { within: false, afterwards: true };
await second.authState.keys.transaction(async () => {
  follows.within = await followsPromises();
}, 'test');
follows.afterwards = await followsPromises();
// The storages of Baileys so far, before the host application makes its own.
const made = storages.map((storage) => ({ enabled: 'enabled' in storage && storage.enabled === true }));
const host = new AsyncLocalStorage<string>();

const inTransaction = (of: typeof first): boolean => {
  const { keys } = of.authState;
  return 'isInTransaction' in keys && keys.isInTransaction();
};
const seen: { within: [boolean, boolean]; host: unknown } = { within: [false, false], host: undefined };
await host.run('the host’s own', () =>
  first.authState.keys.transaction(async () => {
    await Promise.resolve();
    seen.within = [inTransaction(first), inTransaction(second)];
    seen.host = host.getStore();
  }, 'test'),
);

// Three faults: a notice whose query fails without a connection, a malformed notice, and a listener that rejects.
first.ws.emit('CB:ib,,dirty', {
  tag: 'ib',
  attrs: {},
  content: [{ tag: 'dirty', attrs: { type: 'groups' } }],
});
first.ws.emit('CB:ib,,offline_preview', { tag: 'ib', attrs: {} });
first.ev.on('creds.update', rejecting);
first.ev.emit('creds.update', { platform: 'test' });
await new Promise((resolve) => setImmediate(resolve));
await first.end(undefined);
// Also after the socket ended and Baileys removed every listener, including those for errors.
first.ws.emit('CB:ib,,offline_preview', { tag: 'ib', attrs: {} });
await new Promise((resolve) => setImmediate(resolve));
await second.end(undefined);

// A listener that throws, also while Baileys ends the socket in a call that it does not await.
const third = socket();
const thrown: string[] = [];
reportThrowingListeners(third.ev, (error) => thrown.push(String(error)));
const calls = { kept: 0, removed: 0 };
const removed = (): void => {
  calls.removed += 1;
};
third.ev.on('connection.update', removed);
third.ev.on('connection.update', ({ connection }) => {
  throw new Error(connection);
});
third.ev.on('connection.update', () => {
  calls.kept += 1;
});
third.ev.off('connection.update', removed);
third.ws.emit('CB:xmlstreamend');
await new Promise((resolve) => setImmediate(resolve));

const findings: Findings = {
  storages: made,
  followsPromises: follows,
  exportRestored: asyncHooks.AsyncLocalStorage === hostClass,
  transactionsSeen: [...seen.within, inTransaction(first)],
  hostStoreWithin: seen.host,
  captureRejectionsRestored: !EventEmitter.captureRejections,
  hostEmitterCaptures: await hostEmitterCaptures(),
  rejections,
  thrown,
  listenerCalls: calls,
};
process.stdout.write(`${JSON.stringify(findings)}\n`, () => process.exit());

async function hostEmitterCaptures(): Promise<boolean> {
  const unhandled = new Promise<boolean>((resolve) => {
    process.once('unhandledRejection', () => {
      resolve(false);
    });
  });
  const emitter = new EventEmitter();
  const captured = new Promise<boolean>((resolve) => {
    emitter.on('error', () => {
      resolve(true);
    });
  });
  emitter.on('event', rejecting);
  emitter.emit('event');
  return Promise.race([unhandled, captured]);
}
