import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { getRequests, isComplete, type Load } from './closed-loop-load.js';
import { quantile } from './statistics.js';

const CONNECTIONS = 16;
const TICK_MS = 2;

interface OpenLoopLoadOptions {
  readonly perSecond: number;
  /** The load ends when this promise settles, or when a request fails. */
  readonly until: Promise<unknown>;
}

interface DueRequest {
  readonly at: number;
  readonly request: Buffer;
}

/**
 * Sends GET requests for the paths in turn at a fixed rate, also when the answers are late (an open loop). A latency
 * counts from the time at which its request was due, so every request during a pause shows that pause.
 * @throws Error of the first request that fails
 */
export async function runOpenLoopLoad(
  url: string,
  paths: readonly string[],
  options: OpenLoopLoadOptions,
): Promise<Load> {
  const { hostname, port, host } = new URL(url);
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(Number(port), hostname));
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return await sendAtFixedRate(sockets, host, paths, options);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function sendAtFixedRate(
  sockets: readonly Socket[],
  host: string,
  paths: readonly string[],
  { perSecond, until }: OpenLoopLoadOptions,
): Promise<Load> {
  const requests = getRequests(paths, host);
  const latencies: number[] = [];
  const waiting: DueRequest[] = [];
  const idle = [...sockets];
  const pending = new Set<Promise<void>>();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const socket = idle.pop();
      const due = socket && waiting.shift();
      if (!due) return;
      const answer = exchange(socket, due.request).then(() => {
        latencies.push(performance.now() - due.at);
        idle.push(socket);
        pending.delete(answer);
        dispatch();
      }, fail);
      pending.add(answer);
    }
  };
  const begun = performance.now();
  let made = 0;
  const ticks = setInterval(() => {
    for (; begun + (made * 1_000) / perSecond <= performance.now(); made++) {
      const request = requests[made % requests.length];
      if (request) waiting.push({ at: begun + (made * 1_000) / perSecond, request });
    }
    dispatch();
  }, TICK_MS);
  try {
    await Promise.race([failed, until]);
  } finally {
    clearInterval(ticks);
  }
  while (pending.size > 0) await Promise.race([failed, Promise.all(pending)]);
  const seconds = (performance.now() - begun) / 1_000;
  return { perSecond: latencies.length / seconds, p99Ms: quantile(latencies, 0.99) };
}

function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    const finish = (settle: () => void): void => {
      socket.off('data', onData).off('close', onClose).off('error', reject);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (!isComplete(received)) return;
      finish(() => {
        if (received.startsWith('HTTP/1.1 200 ')) resolve();
        else reject(new Error(received.slice(0, 200)));
      });
    };
    const onClose = (): void => {
      reject(new Error('the connection was closed under load'));
    };
    socket.on('data', onData).once('close', onClose).once('error', reject);
    socket.write(request);
  });
}
