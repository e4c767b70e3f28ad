import { expect } from '@jest/globals';
import type { ControlClient } from '../../../simulator/control-client.js';
import { eventually } from '../eventually.js';
import { CODE_WAIT_MS } from '../time/time-limit.js';
import type { HostAnswer, HostProcess } from './host-process.js';

const BAD_REQUEST = { ok: false, statusCode: 400, error: 'Bad Request', code: 'invalid_request' };
const ID_RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';

export const CROSS_SITE = {
  ok: false,
  statusCode: 403,
  error: 'Forbidden',
  code: 'cross_site',
  message:
    'The request came from a page of another site, or its Host is neither loopback nor an allowed name.',
};

export const invalid = (message: string): object => ({ ...BAD_REQUEST, message });

export const idle = (accountId: string): object => ({
  accountId,
  status: 'idle',
  authExists: false,
  serviceConnected: false,
  servicePhone: null,
});

/** How the interceptors of a host change the answers of a route. */
export interface HostHabits {
  /** The body of a success. Default: as the route returns it. */
  readonly success?: (body: object) => object;
  /** Status and body of an error that a pipe or a handler throws. Default: the contract's. */
  readonly error?: (status: number, body: object) => readonly [status: number, body: object];
}

/** Compares bodies as text, including the order of keys. White space is the host's and does not count. */
export function expectJson(
  { status, headers, text }: HostAnswer,
  expectedStatus: number,
  body: object,
  cacheControl: string | null = 'no-store',
): void {
  expect([status, JSON.stringify(JSON.parse(text))]).toEqual([expectedStatus, JSON.stringify(body)]);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('cache-control')).toBe(cacheControl);
}

/** Expects validation and guards of the module's routes to hold despite the host's global pipes and parsers. */
export async function expectRules(host: HostProcess, base: string, habits: HostHabits = {}): Promise<void> {
  const success = habits.success ?? ((body: object): object => body);
  const error = habits.error ?? ((status: number, body: object): readonly [number, object] => [status, body]);
  const expectInvalid = (answer: HostAnswer, message: string, cacheControl?: string | null): void => {
    expectJson(answer, ...error(400, invalid(message)), cacheControl);
  };
  expectJson(await host.send(`${base}/status`), 200, success(idle('default')));
  expectJson(await host.send(`${base}/status?accountId=123`), 200, success(idle('123')));
  for (const accountId of [123, null, '', true, ['a'], ' sales', 'sales ', 'x'.repeat(65)]) {
    expectInvalid(await host.post(`${base}/pair`, { accountId }), ID_RULE);
  }
  expectInvalid(await host.send(`${base}/status?accountId=%20sales`), ID_RULE);
  for (const name of ['acountId', '__proto__', 'constructor', 'toString']) {
    const headers = { 'content-type': 'application/json' };
    const body = `{"${name}":"sales"}`;
    const unknown = `The field "${name}" is not known. Remove it.`;
    expectInvalid(await host.send(`${base}/pair`, { method: 'POST', headers, body }), unknown);
    expectInvalid(await host.send(`${base}/status?${name}=sales`), unknown);
  }
  expectInvalid(await host.send(`${base}/status?accountId=a&accountId=b`), ID_RULE);
  expectInvalid(
    await host.send(`${base}/pair/qr?waitMs=1.5`),
    'waitMs must be a whole number from 0 to 30000.',
    // The route sets the headers of an image itself, with the image.
    habits.error ? null : 'no-store',
  );
  expectJson(
    await host.send(`${base}/status`, { headers: { origin: 'https://evil.example' } }),
    403,
    CROSS_SITE,
  );
  const form = { method: 'POST', body: new URLSearchParams({ accountId: 'sales' }) };
  const [unsupported] = error(415, {});
  expect((await host.send(`${base}/pair`, form)).status).toBe(unsupported);
  const large = `${' '.repeat(17_000)}{}`;
  const headers = { 'content-type': 'application/json' };
  const [tooLarge] = error(413, {});
  expect((await host.send(`${base}/pair`, { method: 'POST', headers, body: large })).status).toBe(tooLarge);
}

/** Links the default account and disconnects it. No request has a body. */
export async function expectPairing(
  host: HostProcess,
  base: string,
  control: ControlClient,
  phone: string,
  success: (body: object) => object = (body) => body,
): Promise<void> {
  expectJson(
    await host.send(`${base}/pair`, { method: 'POST' }),
    200,
    success({ ok: true, accountId: 'default', status: 'pending' }),
  );
  const shown = await host.send(`${base}/pair/qr?format=json&waitMs=${CODE_WAIT_MS}`);
  const code = JSON.parse(shown.text) as { value: string };
  expect(Object.keys(code)).toEqual(['value', 'sequence', 'of', 'expiresAt']);
  const known = { headers: { 'if-none-match': shown.headers.get('etag') ?? '' } };
  expect((await host.send(`${base}/pair/qr?format=json&waitMs=200`, known)).status).toBe(304);
  expect(await control.scan({ phone, qr: code.value })).toMatchObject({ paired: true });
  const connected = {
    accountId: 'default',
    status: 'connected',
    authExists: true,
    serviceConnected: true,
    servicePhone: phone,
  };
  let status = '';
  await eventually(
    async () => (status = (await host.send(`${base}/status`)).text).includes('connected'),
    10_000,
    () => status,
  );
  expect(JSON.parse(status)).toEqual(success(connected));
  expectJson(
    await host.send(`${base}/disconnect`, { method: 'POST' }),
    200,
    success({ ok: true, accountId: 'default' }),
  );
  expectJson(await host.send(`${base}/status`), 200, success(idle('default')));
}
