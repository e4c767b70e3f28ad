import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { monotonicMs } from '../support/clock.js';
import { serveRequests } from '../support/request-handler.js';

/** An event of which the type and a piece of its data are known. */
export interface ExpectedEvent {
  readonly type: string;
  readonly containing: string;
}

let readers: IncomingMessage[] = [];
let expected: ExpectedEvent | null = null;
let arrivals: number[] = [];
let allArrived: () => void = () => undefined;
let arrived = Promise.resolve();

/** The end of a message is the moment at which a client would be told of it. */
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

/* Readers of events, all in this one process: what it takes to read for all of them is in the time of the last ones. */
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
  /** To be asked before what is awaited can happen. */
  expect: (next: ExpectedEvent) => {
    expected = next;
    arrivals = [];
    arrived = new Promise((resolve) => (allArrived = resolve));
  },
  /** When each reader was told (`machineMs`), once all of them were. */
  arrivals: async () => {
    await arrived;
    expected = null;
    return arrivals;
  },
});
