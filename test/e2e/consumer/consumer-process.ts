import type { AccountStatus } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { Program } from '../../support/processes/program.js';
import type { Simulator } from '../../support/processes/simulator.js';
import type { ConsumerSettings } from './consumer.module.js';
import type { Text } from './echo.service.js';
import type { Outgoing } from './messages.controller.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

const PROGRAM = 'dist/test/e2e/consumer/consumer.program.js';
/** Limit for a lost connection, the pause before the next login, and the login. */
const WITHIN_MS = 10_000;

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** The consumer application as a child process. Tests call it over HTTP. */
export class ConsumerProcess extends Program {
  private url = '';

  static async start(settings: ConsumerSettings): Promise<ConsumerProcess> {
    const consumer = new ConsumerProcess(PROGRAM, {
      args: [JSON.stringify(settings)],
      environment: { NO_COLOR: '1' },
    });
    consumer.url = (await consumer.ready<{ url: string }>()).url;
    return consumer;
  }

  async call<Body>(method: string, path: string, body?: object): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  /** Starts a pairing. @returns the text of its QR code */
  async pair(accountId: string): Promise<string> {
    await this.call('POST', '/api/whatsapp/pair', { accountId });
    const path = `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`;
    return (await this.call<{ value: string }>('GET', path)).body.value;
  }

  async reaches(accountId: string, status: AccountStatus['status']): Promise<void> {
    const path = `/api/whatsapp/status?accountId=${accountId}`;
    await eventually(
      async () => (await this.call<AccountStatus>('GET', path)).body.status === status,
      WITHIN_MS,
      () => `${accountId} is not ${status}: ${this.output}`,
    );
  }

  /** Links an account with a phone of the simulator, and waits until it is connected. */
  async link({ control }: Simulator, accountId: string, phone: string): Promise<void> {
    const scan = await control.scan({ phone, qr: await this.pair(accountId) });
    if (!scan.paired) throw new Error(`the phone did not link the device: ${scan.reason}`);
    await this.reaches(accountId, 'connected');
  }

  send(outgoing: Outgoing): Promise<Answer<Record<string, string>>> {
    return this.call('POST', '/messages', outgoing);
  }

  /** Waits until the account has received the text. */
  async received(account: string, text: string): Promise<Text> {
    let found: Text | undefined;
    await eventually(
      async () => {
        const { body } = await this.call<Text[]>('GET', `/messages?account=${account}`);
        return (found = body.find((one) => one.text === text)) !== undefined;
      },
      WITHIN_MS,
      () => `"${text}" has not arrived at ${account}: ${this.output}`,
    );
    return found as Text;
  }
}
