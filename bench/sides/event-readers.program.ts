import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { monotonicMs } from '../support/clock.js';
import { serveRequests } from '../support/request-handler.js';

/** An event that the readers wait for: its type, and a part of its data. */
export interface ExpectedEvent {
  readonly type: string;
  readonly containing: string;
}

let readers: IncomingMessage[] = [];
let expected: ExpectedEvent | null = null;
let arrivals: number[] = [];
let allArrived: () => void = () => undefined;
let arrived = Promise.resolve();

/** Records the time at which a message is complete, because a client can read it only then. */
function receiveMessage(message: string, at: number): void {
  if (!expected || !message.includes(`event: ${expected.type}\n`) || !message.includes(expected.containing))
    return;
  arrivals.push(at);
  if (arrivals.length === readers.length) allArrived();
}

async function openReader(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${String(response.statusCode)}`);
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const at = monotonicMs();
    const messages = (rest + text).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) receiveMessage(message, at);
  });
  response.on('error', () => undefined);
  return response;
}

/* All readers run in this process. The time to read the other connections is part of the last readers' latency. */
serveRequests({
  open: async ({ url, count }: { url: string; count: number }) => {
    for (let opened = 0; opened < count; opened += 50) {
      const some = Array.from({ length: Math.min(50, count - opened) }, () => openReader(url));
      readers = [...readers, ...(await Promise.all(some))];
    }
  },
  close: () => {
    for (const reader of readers) reader.destroy();
    readers = [];
  },
  /** Must be called before the event can happen. */
  expect: (next: ExpectedEvent) => {
    expected = next;
    arrivals = [];
    arrived = new Promise((resolve) => (allArrived = resolve));
  },
  /** Resolves when all readers have the event, with the time of each (`monotonicMs`). */
  arrivals: async () => {
    await arrived;
    expected = null;
    return arrivals;
  },
});
