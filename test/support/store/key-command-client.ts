import {
  type KeyAnswer,
  type KeyRequest,
  KEYS_PATH,
  type ListedKey,
  type NewKey,
} from '../../../src/security/keys/key-request.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { ControlClient } from '../../../src/control-socket/control-client.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';

/** Sends the requests of the command `keys` to the running service of a data directory, without a child process. */
export class KeyCommandClient {
  private readonly client: ControlClient;

  constructor(dataDirectory: string) {
    this.client = new ControlClient(dataDirectory);
  }

  /** @returns the new key */
  async create(name: string, more: Partial<NewKey> = {}): Promise<string> {
    const { text, hash } = makeSecret('wak');
    const key = { name, hash, scopes: SCOPES, accounts: null, lifetimeMs: null, ...more };
    await this.request({ do: 'create', key });
    return text;
  }

  async revoke(key: string): Promise<void> {
    await this.request({ do: 'revoke', key });
  }

  async list(): Promise<readonly ListedKey[]> {
    const answer = await this.request({ do: 'list' });
    return answer.did === 'list' ? answer.keys : [];
  }

  /** @throws an error with the message of the service when it refuses */
  private async request(request: KeyRequest): Promise<Extract<KeyAnswer, { ok: true }>> {
    const text = await this.client.request(KEYS_PATH, JSON.stringify(request));
    if (text === null) throw new Error('no service runs there');
    const answer = JSON.parse(text) as KeyAnswer;
    if (!answer.ok) throw new Error(answer.message);
    return answer;
  }
}
