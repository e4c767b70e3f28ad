import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { machineMs } from '../support/clock.js';
import { answerQuestions } from '../support/request-handler.js';

/** An event of which the type and a piece of its data are known. */
export interface Awaited {
  readonly type: string;
  readonly containing: string;
}

let readers: IncomingMessage[] = [];
let awaited: Awaited | null = null;
let arrivals: number[] = [];
let allArrived: () => void = () => undefined;
let arrived = Promise.resolve();

/** The end of a message is the moment at which a client would be told of it. */
function takeMessage(message: string, at: number): void {
  if (!awaited || !message.includes(`event: ${awaited.type}\n`) || !message.includes(awaited.containing))
    return;
  arrivals.push(at);
  if (arrivals.length === readers.length) allArrived();
}

async function openOne(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${String(response.statusCode)}`);
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const at = machineMs();
    const messages = (rest + text).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) takeMessage(message, at);
  });
  response.on('error', () => undefined);
  return response;
}

/* Readers of events, all in this one process: what it takes to read for all of them is in the time of the last ones. */
answerQuestions({
  open: async ({ url, count }: { url: string; count: number }) => {
    for (let opened = 0; opened < count; opened += 50) {
      const some = Array.from({ length: Math.min(50, count - opened) }, () => openOne(url));
      readers = [...readers, ...(await Promise.all(some))];
    }
  },
  close: () => {
    for (const reader of readers) reader.destroy();
    readers = [];
  },
  /** To be asked before what is awaited can happen. */
  expect: (next: Awaited) => {
    awaited = next;
    arrivals = [];
    arrived = new Promise((resolve) => (allArrived = resolve));
  },
  /** When each reader was told (`machineMs`), once all of them were. */
  arrivals: async () => {
    await arrived;
    awaited = null;
    return arrivals;
  },
});
