import { EventClient } from './event-client.js';
import type { Answer } from '../processes/service-process.js';
import type { TestEnvironment } from '../processes/test-environment.js';
import { CODE_WAIT_MS } from '../time/time-limit.js';

interface MadeLink {
  readonly linkId: string;
  readonly url: string;
}

/** A client with a page link, which makes the calls of its page. */
export class Customer {
  readonly token: string;

  private constructor(
    private readonly setup: TestEnvironment,
    readonly accountId: string,
    readonly linkId: string,
    readonly url: string,
  ) {
    this.token = new URL(url).hash.slice(1);
  }

  /**
   * Makes a page link.
   * @param order fields of the call beside the account
   * @param headers of the client that makes the link
   */
  static async of(
    setup: TestEnvironment,
    accountId: string,
    order: object = {},
    headers: Record<string, string> = {},
  ): Promise<Customer> {
    const path = '/api/whatsapp/links';
    const asked = { accountId, expiresInSeconds: 3_600, ...order };
    const { status, body } = await setup.service.call('POST', path, asked, headers);
    if (status !== 200) throw new Error(`the service made no link: ${status} ${JSON.stringify(body)}`);
    const { linkId, url } = body as MadeLink;
    return new Customer(setup, accountId, linkId, url);
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.setup.service.call(method, `/api/whatsapp/${path}`, body, this.headers);
  }

  pair(numbers: object = {}): Promise<Answer> {
    return this.call('POST', 'pair', { accountId: this.accountId, ...numbers });
  }

  reads(): Promise<Answer> {
    return this.call('GET', `status?accountId=${this.accountId}`);
  }

  events(): Promise<EventClient> {
    return EventClient.open(this.setup.service.url, `?accountId=${this.accountId}`, this.headers);
  }

  /** Returns the error codes of a status call and of a stop call; null for a success. */
  async refusals(): Promise<(string | null)[]> {
    const answers = [await this.reads(), await this.call('POST', 'pair/stop', { accountId: this.accountId })];
    return answers.map(({ status, body }) => (status === 200 ? null : (body as { code: string }).code));
  }

  /** Starts a pairing and waits for its code. */
  async showsCode(): Promise<string> {
    const { status, body } = await this.pair();
    if (status !== 200) throw new Error(`the pairing did not start: ${status} ${JSON.stringify(body)}`);
    const shown = await this.call(
      'GET',
      `pair/qr?accountId=${this.accountId}&format=json&waitMs=${CODE_WAIT_MS}`,
    );
    return (shown.body as { value: string }).value;
  }

  /** Links the account with the calls of the page. @returns the phone number */
  async links(phone = this.setup.newPhone()): Promise<string> {
    const { paired } = await this.setup.simulator.control.scan({ phone, qr: await this.showsCode() });
    if (!paired) throw new Error('the phone could not link');
    await this.setup.service.reaches(this.accountId, 'connected');
    return phone;
  }
}
