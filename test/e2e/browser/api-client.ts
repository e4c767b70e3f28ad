import { makeSecret } from '../../../src/security/access/secret.js';
import type { TestEnvironment } from '../../support/processes/test-environment.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

export interface TestKey {
  readonly text: string;
  /** The entry of the key in WHATSAPP_API_KEYS. */
  readonly entry: string;
}

/** @param rights `scopes` or `scopes:accounts`, in the format of WHATSAPP_API_KEYS */
export function newKey(name: string, rights: string): TestKey {
  const { text, hash } = makeSecret('wak');
  return { text, entry: `${name}:${hash}:${rights}` };
}

interface Made {
  readonly url: string;
  readonly linkId: string;
  /** The secret, which the page must not show anywhere. */
  readonly token: string;
}

/** An operator with all scopes, who creates page links for customers. */
export class ApiClient {
  readonly key = newKey('office', 'read+pair+disconnect');

  constructor(private readonly setup: () => TestEnvironment) {}

  async call<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.key.text}` };
    const answer = await this.setup().service.call(method, `/api/whatsapp/${path}`, body, headers);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async link(accountId: string, order: object = {}): Promise<Made> {
    const made = await this.call<Made>('POST', 'links', { accountId, expiresInSeconds: 3_600, ...order });
    return { ...made, token: new URL(made.url).hash.slice(1) };
  }

  /** Returns the current QR code of the account, and waits for it if there is none. */
  async code(accountId: string): Promise<string> {
    const path = `pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`;
    return (await this.call<{ value: string }>('GET', path)).value;
  }
}
