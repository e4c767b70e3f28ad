import { Agent, request } from 'node:http';

const ANSWER_MS = 40_000;

/** A JSON client with keep-alive connections. Any status other than 200 is an error. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(private readonly url: string) {}

  get<T>(path: string): Promise<T> {
    return this.call('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.call('POST', path, JSON.stringify(body));
  }

  close(): void {
    this.agent.destroy();
  }

  private call<T>(method: string, path: string, body?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = { method, headers, agent: this.agent, timeout: ANSWER_MS };
      const outgoing = request(this.url + path, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${String(response.statusCode)} ${text}`));
        });
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        // The service closes connections after 65 s without a request, perhaps while the next request is on its way.
        const closedBefore = error.code === 'ECONNRESET' && outgoing.reusedSocket;
        if (closedBefore) this.call<T>(method, path, body).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}
