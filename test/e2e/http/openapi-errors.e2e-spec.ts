import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GUARDED_CODES } from '../../../src/security/api/security.openapi.js';
import type { Operation } from '../../support/openapi/api-document.js';
import { Customer } from '../../support/clients/customer.js';
import { EventClient } from '../../support/clients/event-client.js';
import { eventually } from '../../support/eventually.js';
import { DocumentedApi, type Call } from '../../support/clients/documented-api.js';
import { PATIENT, STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

/** The maximum number of readers of events. */
const READERS = 3;
/** The maximum number of open page links. */
const LINKS = 2;

/** Errors of the guards. who-may-call.e2e-spec.ts has them: the service of this file has no keys. */
const isGuarded = (code: string): boolean => GUARDED_CODES.includes(code);

let setup: TestEnvironment;
let api: DocumentedApi;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    timings: { ...STAYS_DOWN, ...PATIENT, events: { readers: READERS }, pageLinks: { open: LINKS } },
    environment: { WHATSAPP_MAX_PAIRING_SESSIONS: '2' },
  });
  api = await DocumentedApi.of(setup);
});
afterAll(() => setup.close());

describe('the errors in the OpenAPI document', () => {
  const writing = (): Operation[] => api.operations.filter(({ method }) => method === 'POST');
  const reading = (): Operation[] =>
    api.operations.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/'));
  const pair = (accountId: string): Call => ({ body: JSON.stringify({ accountId }) });

  async function expectCode(target: Operation, call: Call, status: number, code: string): Promise<void> {
    const response = await api.press(target, call);
    expect([target.operationId, response.status]).toEqual([target.operationId, status]);
    expect([...api.provoked]).toContain(`${target.operationId} ${status} ${code}`);
  }

  it('the documented errors of bad requests occur', async () => {
    for (const target of writing()) {
      await expectCode(target, { body: '{"accountId":""}' }, 400, 'invalid_request');
      await expectCode(target, { body: '{' }, 400, 'invalid_json');
      await expectCode(target, { body: '{}', headers: { origin: 'null' } }, 403, 'cross_site');
      await expectCode(target, { body: ' '.repeat(20_000) }, 413, 'body_too_large');
      const text = { 'content-type': 'text/plain' };
      await expectCode(target, { body: '{}', headers: text }, 415, 'unsupported_media_type');
    }
    for (const target of reading()) {
      await expectCode(target, { query: '?x=1' }, 400, 'invalid_request');
      await expectCode(target, { headers: { origin: 'null' } }, 403, 'cross_site');
    }
    await expectCode(api.operation('pairingQr'), { headers: { accept: 'text/html' } }, 406, 'not_acceptable');
  });

  it('the documented errors without a code and without a free slot occur', async () => {
    const { control } = setup.simulator;
    await expectCode(api.operation('pairingQr'), { query: '?accountId=unknown' }, 404, 'no_pairing');
    await control.addFault({ stage: 'pair_device', action: { type: 'silent' }, times: 'always' });
    await api.press(api.operation('pair'), pair('one'));
    await api.press(api.operation('pair'), pair('two'));
    await expectCode(api.operation('pairingQr'), { query: '?accountId=one' }, 404, 'qr_not_ready');
    await expectCode(api.operation('pair'), pair('three'), 429, 'too_many_sessions');
    for (const accountId of ['one', 'two']) await setup.service.stopPairing(accountId);
    await control.removeFault();
  });

  it('the documented errors of pairings by phone number occur', async () => {
    const { control } = setup.simulator;
    const stage = 'companion_hello';
    const byCode = (accountId: string): Call => ({
      body: JSON.stringify({ accountId, phoneNumber: setup.newPhone() }),
    });
    await control.addFault({ stage, action: { type: 'query_error', code: 429, text: 'rate-overlimit' } });
    await expectCode(api.operation('pair'), byCode('refused'), 422, 'code_refused');
    await control.addFault({ stage: 'pair_device', action: { type: 'fail', code: 403 } });
    await expectCode(api.operation('pair'), byCode('failed'), 502, 'pairing_failed');
    await api.press(api.operation('pair'), byCode('one'));
    await expectCode(api.operation('pairingQr'), { query: '?accountId=one' }, 409, 'pairing_by_code');
    await control.addFault({ stage, action: { type: 'hold' } });
    const stopped = expectCode(api.operation('pair'), byCode('one'), 404, 'no_pairing');
    await control.holds({ stage }, 10_000);
    await setup.service.stopPairing('one');
    await stopped;
    await setup.link('other');
    await expectCode(api.operation('pair'), byCode('other'), 409, 'other_number_linked');
    await setup.service.disconnect('other');
    await control.removeFault();
  });

  it('the documented error of too many readers of events occurs', async () => {
    const reading = Array.from({ length: READERS }, () => EventClient.open(setup.service.url));
    const readers = await Promise.all(reading);
    await expectCode(api.operation('events'), {}, 503, 'too_many_readers');
    for (const reader of readers) reader.hangUp();
  });

  it('the documented errors of a failing store occur', async () => {
    await setup.link('linked');
    await setup.service.breakStore({ saveSetting: true });
    await expectCode(api.operation('pair'), pair('one'), 500, 'storage_failed');
    await setup.service.breakStore({ erase: true });
    await expectCode(api.operation('disconnect'), pair('one'), 500, 'storage_failed');
    await setup.service.breakStore({ saveSetting: true });
    await eventually(
      async () => (await api.press(api.operation('ready'), {})).status === 503,
      8_000,
      () => 'the service is still ready',
    );
    await expectCode(api.operation('ready'), {}, 503, 'not_ready');
    await setup.service.breakStore({ audit: true });
    await expectCode(api.operation('audit'), {}, 500, 'storage_failed');
    await setup.service.breakStore({ openSocket: true });
    await expectCode(api.operation('pair'), pair('one'), 500, 'session_start_failed');
    await setup.service.breakStore({});
    await setup.simulator.control.act({ type: 'cut' }, { kind: 'login' });
    await setup.service.reaches('linked', 'idle');
    await setup.service.breakStore({ corrupt: true });
    await expectCode(api.operation('pair'), pair('linked'), 409, 'auth_state_corrupt');
    await setup.service.breakStore({});
    await setup.service.disconnect('linked');
  });

  it('the documented errors of page links occur', async () => {
    const [make, remove] = [api.operation('makeLink'), api.operation('revokeLink')];
    const order = (accountId: string, more: object = {}): Call => ({
      body: JSON.stringify({ accountId, expiresInSeconds: 60, ...more }),
    });
    await expectCode(api.operation('ownLink'), {}, 404, 'not_found');
    await expectCode(make, order('one', { returnUrl: 'https://evil.com/' }), 400, 'return_url_refused');
    await setup.link('linked-already');
    await expectCode(make, order('linked-already'), 409, 'already_linked');
    const { linkId } = await Customer.of(setup, 'one');
    await setup.service.breakStore({ pageLinks: true });
    await expectCode(make, order('one'), 500, 'storage_failed');
    await expectCode(remove, { places: { linkId } }, 500, 'storage_failed');
    await setup.service.breakStore({});
    await expectCode(remove, { places: { linkId: 'nononono' } }, 404, 'link_unknown');
    await expectCode(remove, { places: { linkId }, query: '?x=1' }, 400, 'invalid_request');
    await expectCode(remove, { places: { linkId }, headers: { origin: 'null' } }, 403, 'cross_site');
    await setup.service.disconnect('linked-already');
    await Customer.of(setup, 'two');
    await expectCode(make, order('three'), 429, 'too_many_links');
    const waitS = (await api.press(make, order('three'))).headers.get('retry-after');
    expect(Math.abs(Number(waitS) - 3_600)).toBeLessThan(60);
  });

  it('the documented error of a busy account occurs', async () => {
    await setup.link('busy');
    await setup.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const slow = setup.service.disconnect('busy');
    const waiting = Array.from({ length: 30 }, () => setup.service.stopPairing('busy'));
    await Promise.race(waiting);
    for (const target of writing())
      if (target.operationId !== 'makeLink') await expectCode(target, pair('busy'), 429, 'busy');
    expect((await slow).status).toBe(200);
    await Promise.all(waiting);
  });

  it('the documented errors of a shutdown occur', async () => {
    const phone = await setup.link('frozen');
    await setup.simulator.control.act({ type: 'freeze' }, { phone });
    const stopped = setup.service.stop();
    await eventually(
      async () => (await setup.service.pair('late')).status === 503,
      5_000,
      () => 'the service still accepts pairings',
    );
    for (const target of writing()) await expectCode(target, pair('late'), 503, 'shutting_down');
    await expectCode(api.operation('pairingQr'), { query: '?accountId=late' }, 503, 'shutting_down');
    await expectCode(api.operation('revokeLink'), { places: { linkId: 'nononono' } }, 503, 'shutting_down');
    await expectCode(api.operation('events'), {}, 503, 'shutting_down');
    await expectCode(api.operation('ready'), {}, 503, 'shutting_down');
    expect((await api.press(api.operation('live'), {})).status).toBe(200);
    expect(await stopped).toBe(0);
  });

  it('the tests above caused every documented error, and no other', () => {
    const documented = api.operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        if (Number(status) < 400) return [];
        const { properties } = content?.['application/json']?.schema as {
          properties: { code: { enum: string[] } };
        };
        const codes = properties.code.enum.filter((code) => !isGuarded(code));
        return codes.map((code) => `${operationId} ${status} ${code}`);
      }),
    );
    expect([...api.provoked].sort()).toEqual(documented.sort());
  });
});
