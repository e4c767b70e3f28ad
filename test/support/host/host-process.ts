import { Program } from '../processes/program.js';
import type { MeasuredCall } from './host.application.js';
import type { Happened, HostQuestion, HostReport, HostSettings, TenantReport } from './host.program.js';

const PROGRAM = 'dist/test/support/host/host.program.js';

/** Values that break the module when it reads an environment variable. */
const POISON = {
  HOST: '203.0.113.1',
  PORT: 'nonsense',
  LOG_LEVEL: 'nonsense',
  WHATSAPP_BAILEYS_LOG: 'nonsense',
  WHATSAPP_DATA_DIR: '/dev/null/nowhere',
  WHATSAPP_SERVER_URL: 'wss://203.0.113.1/ws/chat',
  WHATSAPP_SERVER_ROOT_KEY: 'nonsense',
  WHATSAPP_ALLOWED_HOSTS: 'evil.example',
  WHATSAPP_MAX_PAIRING_SESSIONS: '0',
  WHATSAPP_DEVICE_NAME: '',
  WHATSAPP_WEB_VERSION: 'nonsense',
};

export interface HostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A host application that imports the module, as a child process. Its environment variables are `POISON`. */
export class HostProcess extends Program {
  url = '';

  static async start(settings: HostSettings): Promise<HostProcess> {
    const host = new HostProcess(PROGRAM, { args: [JSON.stringify(settings)], environment: POISON });
    host.url = (await host.ready<{ url: string }>()).url;
    return host;
  }

  async send(path: string, init: RequestInit = {}): Promise<HostAnswer> {
    const response = await fetch(this.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<HostAnswer> {
    return this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  report(): Promise<HostReport> {
    return this.question('report');
  }

  /** Returns the events that the application has received from its accounts. */
  happened(): Promise<Happened> {
    return this.question('happened');
  }

  /** Returns the calls that the measuring interceptor of the application has measured so far. */
  durations(): Promise<readonly MeasuredCall[]> {
    return this.question('durations');
  }

  /** Returns the announced changes of a tenant, and the number of listeners for its revocation. */
  tenant(name: string): Promise<TenantReport> {
    return this.question(`tenant ${name}`);
  }

  /** Revokes a tenant. */
  async revoke(name: string): Promise<void> {
    await this.question(`revoke ${name}`);
  }

  /** Closes the application. @returns all events that it has received */
  close(): Promise<Happened> {
    return this.question('close');
  }

  private question<T>(question: HostQuestion): Promise<T> {
    return this.ask(question);
  }
}
