import { randomBytes } from 'node:crypto';
import { configuredText } from '../../../src/security/keys/configured-keys.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';
import { eventually } from '../../support/eventually.js';
import { KnownSecrets } from '../../support/secrets/known-secrets.js';
import { outputOf } from '../../support/processes/run-program.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { IN_PRODUCTION } from '../../support/clients/log-lines.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

const API = '/api/whatsapp';
const KEYS = 'dist/service/keys.js';
const RETURN_URL = 'https://app.example.com/linked';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A service with the most detailed log, and everything that can happen to it: accounts linked by QR code, phone code
 * and page link; keys that are right, wrong, revoked and in the wrong place; messages; sessions that break; a store that
 * fails; accounts that are unlinked; a stop and a kill. Collects the secrets that its log must not contain.
 */
export class WholeLife {
  readonly secrets = new KnownSecrets();
  /** The output of the service: each line as JSON and in the readable form. */
  output = '';

  private constructor(
    private readonly setup: TestEnvironment,
    private readonly key: string,
    private readonly storeKey: Buffer,
  ) {}

  static async live(): Promise<WholeLife> {
    const { text, hash } = makeSecret('wak');
    const storeKey = randomBytes(32);
    const environment = {
      LOG_LEVEL: 'trace',
      WHATSAPP_BAILEYS_LOG: 'debug',
      WHATSAPP_API_KEYS: configuredText({ name: 'office', hash, scopes: SCOPES, accounts: null }),
      WHATSAPP_ENCRYPTION_KEY: storeKey.toString('base64'),
      WHATSAPP_RETURN_URLS: 'https://app.example.com',
      TEST_BOTH_LOGS: 'true',
    };
    const setup = await TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT }, environment });
    const life = new WholeLife(setup, text, storeKey);
    life.secrets.addKey('a key of the configuration', text);
    life.secrets.add('the hash of a key', hash);
    life.secrets.addAll('the key of the store', storeKey);
    try {
      await life.linkAccounts();
      await life.end('stop');
      // The lines before both logs exist have only one form. This start writes them in the other form.
      await setup.restart('stop', { environment: { ...environment, ...IN_PRODUCTION } });
      await life.failAndUnlink();
      await life.end('kill');
      return life;
    } finally {
      await setup.close();
    }
  }

  private async linkAccounts(): Promise<void> {
    await this.linkByQr('first', await this.shownQr('first'), this.phone());
    const second = await this.linkByCode('second');
    await this.linkByPageLink('third');
    await this.sendMessage('first', 'second', second);
    await this.showWrongSecrets();
    await this.useKeyOfCommand();
  }

  private async failAndUnlink(): Promise<void> {
    for (const accountId of ['first', 'second', 'third']) await this.reaches(accountId, 'connected');
    await this.breakSession('first');
    await this.failStore();
    await this.refuseCode();
    await this.ask('POST', '/disconnect', { accountId: 'second' });
    await this.unlinkOnPhone('third');
  }

  /** Ends the service and collects the secrets in its store. */
  private async end(how: 'stop' | 'kill'): Promise<void> {
    await this.setup.service[how]();
    this.output += this.setup.service.output;
    await this.secrets.addStore(this.setup.dataDir, this.storeKey);
  }

  private phone(): string {
    const phone = this.setup.newPhone();
    this.secrets.add('a phone number', phone);
    return phone;
  }

  private async ask(method: string, path: string, body?: object, secret = this.key): Promise<Answer> {
    const headers = { authorization: `Bearer ${secret}` };
    const { status, body: answer } = await this.setup.service.call(method, API + path, body, headers);
    return { status, body: answer };
  }

  private async reaches(accountId: string, status: string): Promise<void> {
    let last: Answer | undefined;
    await eventually(
      async () => (last = await this.ask('GET', `/status?accountId=${accountId}`)).body['status'] === status,
      15_000,
      () => `${accountId} is not ${status}: ${JSON.stringify(last)}`,
    );
  }

  private async shownQr(accountId: string, secret = this.key): Promise<string> {
    await this.ask('POST', '/pair', { accountId }, secret);
    const path = `/pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`;
    const { body } = await this.ask('GET', path, undefined, secret);
    if (typeof body['value'] !== 'string') throw new Error(`no QR code: ${JSON.stringify(body)}`);
    this.secrets.addQr(body['value']);
    return body['value'];
  }

  private async linkByQr(accountId: string, qr: string, phone: string): Promise<void> {
    const { paired } = await this.setup.simulator.control.scan({ phone, qr });
    if (!paired) throw new Error('the phone could not link');
    await this.reaches(accountId, 'connected');
  }

  private async linkByCode(accountId: string): Promise<string> {
    const phone = this.phone();
    const { body } = await this.ask('POST', '/pair', { accountId, phoneNumber: `+${phone}` });
    const code = String(body['pairingCode']);
    this.secrets.addPhoneCode(code);
    const { paired } = await this.setup.simulator.control.typeCode({ phone, code });
    if (!paired) throw new Error(`the phone could not link by code: ${JSON.stringify(body)}`);
    await this.reaches(accountId, 'connected');
    return phone;
  }

  private async linkByPageLink(accountId: string): Promise<void> {
    const phone = this.phone();
    const order = { accountId, expiresInSeconds: 600, expectedPhoneNumber: phone, returnUrl: RETURN_URL };
    const { body } = await this.ask('POST', '/links', order);
    const token = String(body['url']).split('#')[1] ?? '';
    this.secrets.addKey('the token of a page link', token);
    await this.expects(200, this.ask('GET', '/link', undefined, token));
    await this.expects(403, this.ask('POST', '/pair', { accountId, phoneNumber: this.phone() }, token));
    await this.expects(403, this.ask('POST', '/disconnect', { accountId }, token));
    await this.expects(401, this.ask('GET', '/link', undefined, token.slice(0, -1)));
    await this.expects(404, this.ask('GET', `/link/${token}`));
    await this.linkByQr(accountId, await this.shownQr(accountId, token), phone);
    await this.expects(401, this.ask('POST', '/pair', { accountId }, token));
  }

  private async sendMessage(from: string, to: string, toPhone: string): Promise<void> {
    const text = 'The parcel of Mrs Miller waits at the counter.';
    this.secrets.add('a message', text);
    await this.setup.service.errand({ accountId: from, send: text, toPhone });
    await this.setup.service.receives(to, text);
    await this.setup.service.errand({ accountId: from, rotateSignedPreKey: true });
  }

  private async showWrongSecrets(): Promise<void> {
    const wrong = makeSecret('wak').text;
    this.secrets.addKey('a wrong key', wrong);
    const number = this.phone();
    await this.expects(401, this.ask('GET', '/status', undefined, wrong));
    await this.expects(401, this.ask('GET', '/status', undefined, `${this.key}x`));
    await this.expects(400, this.ask('GET', `/status?key=${this.key}`));
    await this.expects(404, this.ask('GET', `/${this.key}/status?phone=${number}`));
    await this.expects(400, this.ask('POST', '/pair', { phoneNumber: `${number}${number}` }));
    // A key that is pasted into the wrong field is a valid account name.
    await this.expects(200, this.ask('POST', '/pair', { accountId: wrong }));
    await this.expects(200, this.ask('POST', '/pair/stop', { accountId: wrong }));
  }

  /** Creates and revokes a key with the command, while the service runs. */
  private async useKeyOfCommand(): Promise<void> {
    const environment = {
      WHATSAPP_DATA_DIR: this.setup.dataDir,
      WHATSAPP_ENCRYPTION_KEY: this.storeKey.toString('base64'),
    };
    const command = (...args: string[]): Promise<string> => outputOf(KEYS, { args, environment });
    const key = await command('create', 'robot', '--scopes', 'read');
    this.secrets.addKey('a key of the command', key);
    await this.expects(200, this.ask('GET', '/accounts', undefined, key));
    await this.expects(403, this.ask('POST', '/disconnect', { accountId: 'first' }, key));
    await command('revoke', 'robot');
    await this.expects(401, this.ask('GET', '/accounts', undefined, key));
  }

  private async breakSession(accountId: string): Promise<void> {
    const { control } = this.setup.simulator;
    const { devices } = await control.state();
    const [device] = devices;
    if (!device) throw new Error('no account is linked');
    for (const kind of ['undecodable', 'undecryptable'] as const) {
      const before = (await control.state()).counters.logins;
      await control.act({ type: 'garbage', kind }, { phone: device.phone });
      await control.waitFor({ kind: 'counter', name: 'logins', atLeast: before + 1 }, 10_000);
      await this.reaches(accountId, 'connected');
    }
  }

  private async failStore(): Promise<void> {
    const { service } = this.setup;
    await service.breakStore({ full: true });
    await this.expects(500, this.ask('POST', '/pair', { accountId: 'fourth' }));
    await service.breakStore({ openSocket: true });
    await this.ask('POST', '/pair', { accountId: 'fourth' });
    await service.breakStore({});
  }

  /** WhatsApp's error text may contain the phone number. */
  private async refuseCode(): Promise<void> {
    const number = this.phone();
    const { control } = this.setup.simulator;
    const text = `${number} is not on WhatsApp, nor +${number} or ${number}@s.whatsapp.net`;
    await control.addFault({ stage: 'companion_hello', action: { type: 'query_error', code: 400, text } });
    await this.expects(422, this.ask('POST', '/pair', { accountId: 'fourth', phoneNumber: number }));
    await control.removeFault();
  }

  private async unlinkOnPhone(accountId: string): Promise<void> {
    const { body } = await this.ask('GET', `/status?accountId=${accountId}`);
    await this.setup.simulator.control.removeDevices(String(body['servicePhone']));
    await this.reaches(accountId, 'error');
  }

  private async expects(status: number, answer: Promise<Answer>): Promise<void> {
    const { status: found, body } = await answer;
    if (found !== status) throw new Error(`${found} instead of ${status}: ${JSON.stringify(body)}`);
  }
}
