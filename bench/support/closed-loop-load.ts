import { connect, type Socket } from 'node:net';
import { quantile } from './statistics.js';

export interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
}

interface LoadOptions {
  readonly connections: number;
  readonly windowMs: number;
}

const END_OF_HEAD = '\r\n\r\n';

/**
 * Sends GET requests for the paths in turn over keep-alive connections, one request at a time on each, until the window
 * ends. Uses raw sockets: `node:http` costs as much as the measured route and would hide the difference.
 */
export async function runClosedLoopLoad(
  url: string,
  paths: readonly string[],
  { connections, windowMs }: LoadOptions,
): Promise<Load> {
  const { hostname, port, host } = new URL(url);
  const requests = getRequests(paths, host);
  const begun = performance.now();
  const lanes = Array.from({ length: connections }, (_, first) =>
    sendRequests(connect(Number(port), hostname), requests, first, begun + windowMs),
  );
  const latencies = (await Promise.all(lanes)).flat();
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: latencies.length / seconds, p99Ms: quantile(latencies, 0.99) };
}

function sendRequests(
  socket: Socket,
  requests: readonly Buffer[],
  first: number,
  until: number,
): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    let next = first;
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      const request = requests[next++ % requests.length];
      sentAt = performance.now();
      if (request && sentAt < until) socket.write(request);
      else
        socket.end(() => {
          resolve(latencies);
        });
    };
    socket.setNoDelay(true).setEncoding('latin1');
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer under load')));
    socket.once('connect', send).once('error', reject);
    socket.once('close', () => {
      reject(new Error('the connection was closed under load'));
    });
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (!isComplete(received)) return;
      if (!received.startsWith('HTTP/1.1 200 ')) socket.destroy(new Error(received.slice(0, 200)));
      latencies.push(performance.now() - sentAt);
      received = '';
      send();
    });
  });
}

export function getRequests(paths: readonly string[], host: string): Buffer[] {
  return paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}${END_OF_HEAD}`));
}

export function isComplete(response: string): boolean {
  const head = response.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(response)?.[1];
  if (length === undefined) throw new Error('the answer has no Content-Length');
  return response.length >= head + END_OF_HEAD.length + Number(length);
}
