import { EventClient, eventually, type TestEnvironment } from './harness.js';
import { pairs, send, sendBytes, type Header, type HttpAnswer } from './http-client.js';
import type { Json } from './json.js';
import { Normaliser } from './normaliser.js';

/** One recorded answer of the service. */
export interface RecordedStep {
  /** A sentence with the action of the client and the state of the service. */
  readonly step: string;
  readonly request: string;
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Json;
}

/** The headers and the body of a request. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text unchanged. */
  readonly body?: object | string;
}

/** The name of a step and its request. */
export type Call = readonly [name: string, what: string, sent?: Sent];

/** An answer, for steps that read it. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  header(name: string): string;
}

/** A message of a stream of events, as far as the steps look at it. */
export interface StreamMessage {
  readonly type: string;
  readonly data: {
    readonly status?: { readonly status: string };
    readonly account?: { readonly linkedAt: string | null; readonly serviceConnected: boolean };
  };
}

type Test = (message: StreamMessage) => boolean;

const WITHIN_MS = 40_000;

/** Sends requests to a service and keeps its answers as steps. */
export class Recorder {
  readonly steps: RecordedStep[] = [];
  private readonly normaliser = new Normaliser();

  constructor(readonly setup: TestEnvironment) {
    this.knowAddress();
  }

  get url(): string {
    return this.setup.service.url;
  }

  /** Records this value under a name from now on. */
  know(value: string, name: string): void {
    this.normaliser.know(value, name);
  }

  /** Must be called after each start of the service, because it listens on another port. */
  knowAddress(): void {
    this.know(new URL(this.url).host, 'host');
  }

  /** Makes a request and records the answer. @param what `METHOD /path` */
  async step(name: string, what: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.send(what, sent);
    this.add(name, what, answer);
    return readable(answer);
  }

  /** As `step`, for calls that are sent at the same time. Their answers are recorded in the order of the list. */
  async together(calls: readonly Call[]): Promise<void> {
    const answers = calls.map(async ([name, what, sent = {}]) => {
      const answer = await this.send(what, sent);
      return { name, what, answer };
    });
    for (const { name, what, answer } of await Promise.all(answers)) this.add(name, what, answer);
  }

  /** As `step`, for a request that waits in the service. Resolves when the service has read the request. */
  async waiting(name: string, what: string, sent: Sent = {}): Promise<{ readonly answer: Promise<Answer> }> {
    const answer = this.step(name, what, sent);
    answer.catch(() => undefined);
    // The service reads requests in the order in which they arrive.
    await this.unrecorded('GET /health/live');
    return { answer };
  }

  /** Sends bytes unchanged, and records every answer until the service closes the connection. */
  async bytes(name: string, bytes: string): Promise<void> {
    const answers = await sendBytes(this.url, bytes);
    const [line = ''] = bytes.slice(0, 80).split(/\r?\n/);
    if (answers.length === 0) throw new Error(`no answer: ${name}`);
    for (const [index, answer] of answers.entries()) {
      const part = answers.length === 1 ? name : `${name} Answer ${index + 1} of ${answers.length}.`;
      this.add(part, line, answer);
    }
  }

  /** Makes a request that is not recorded. */
  async unrecorded(what: string, sent: Sent = {}): Promise<Answer> {
    return readable(await this.send(what, sent));
  }

  /** Repeats a request until its answer is as expected. None of them is recorded. */
  async until(what: string, holds: (answer: Answer) => boolean, sent: Sent = {}): Promise<void> {
    let last: Answer | undefined;
    await eventually(
      async () => holds((last = await this.unrecorded(what, sent))),
      WITHIN_MS,
      () => `${what}: ${JSON.stringify(last)}`,
    );
  }

  /** Opens a stream of events as soon as the service has room for a reader. `stream` records it. */
  async openStream(path: string, sent: Sent = {}): Promise<EventClient> {
    const { search } = new URL(path, this.url);
    let stream: EventClient | undefined;
    await eventually(
      async () => {
        stream = await EventClient.open(this.url, search, sent.headers).catch((error: unknown) => {
          if (error instanceof Error && error.message === 'status 503') return undefined;
          throw error;
        });
        return stream !== undefined;
      },
      WITHIN_MS,
      () => 'the service has no room for a reader',
    );
    return stream as EventClient;
  }

  /** Records a stream up to the first message of a kind, and closes it. */
  async stream(name: string, path: string, stream: EventClient, upTo: Test): Promise<void> {
    await this.shows(stream, upTo);
    stream.hangUp();
    this.addStream(name, path, stream, messagesOf(stream).findIndex(upTo));
  }

  /** Records a stream that the service ends. */
  async ended(name: string, path: string, stream: EventClient): Promise<void> {
    await eventually(
      () => stream.hasEnded,
      WITHIN_MS,
      () => 'the service has not ended the stream',
    );
    this.addStream(name, path, stream, stream.count - 1);
  }

  /** Waits for a message of the stream. @returns its id */
  async shows(stream: EventClient, test: Test): Promise<string> {
    await eventually(
      () => messagesOf(stream).some(test),
      WITHIN_MS,
      () => `no such message: ${JSON.stringify(stream.messages)}`,
    );
    return stream.messages[messagesOf(stream).findIndex(test)]?.id ?? '';
  }

  private send(what: string, { headers = {}, body }: Sent): Promise<HttpAnswer> {
    const [method = '', path = ''] = what.split(' ');
    const json: Record<string, string> =
      typeof body === 'object' ? { 'Content-Type': 'application/json' } : {};
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    return send(this.url, { method, path, headers: { ...json, ...headers }, body: text });
  }

  private add(name: string, what: string, answer: HttpAnswer): void {
    const { normaliser } = this;
    this.steps.push({
      step: name,
      request: normaliser.text(what),
      status: answer.status,
      headers: normaliser.headers(answer, what.startsWith('HEAD ')),
      body: normaliser.body(answer),
    });
  }

  private addStream(name: string, path: string, stream: EventClient, lastMessage: number): void {
    const { normaliser } = this;
    const status = 200;
    const headers = pairs(stream.response.rawHeaders);
    this.steps.push({
      step: name,
      request: normaliser.text(`GET ${path}`),
      status,
      headers: normaliser.headers({ status, headers, body: Buffer.alloc(0) }, false),
      body: stream.linesUpTo(lastMessage).map((lines) => lines.map((line) => this.line(line))),
    });
  }

  /** Splits a line of a message into its field and its value. */
  private line(line: string): Json {
    const [, field = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    return [field, field === 'data' ? this.normaliser.jsonText(value) : this.normaliser.text(value)];
  }
}

/** The messages so far, as the steps look at them. */
function messagesOf(stream: EventClient): readonly StreamMessage[] {
  return stream.messages as unknown as readonly StreamMessage[];
}

function readable({ status, headers, body }: HttpAnswer): Answer {
  const text = body.toString();
  return {
    status,
    body: /^[{[]/.test(text) ? (JSON.parse(text) as Answer['body']) : {},
    header: (name) => headers.find((header) => header[0].toLowerCase() === name)?.[1] ?? '',
  };
}
