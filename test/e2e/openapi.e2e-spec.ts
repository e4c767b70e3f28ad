import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationsOf, SchemaCheck } from '../support/api-document.js';
import type { ApiDocument, Operation, Parameter } from '../support/api-document.js';
import { valueOf } from '../support/documented-value.js';
import { EventClient } from '../support/event-client.js';
import { eventually } from '../support/eventually.js';
import { STAYS_DOWN } from '../support/service-process.js';
import { World } from '../support/world.js';

/** As many may read events at once; here few are enough. */
const READERS = 3;

let world: World;
let document: ApiDocument;
let operations: Operation[];
let check: SchemaCheck;

beforeAll(async () => {
  world = await World.create({
    timings: {
      ...STAYS_DOWN,
      connectTimeoutMs: 20_000,
      firstCodeMs: 60_000,
      sessionLimitMs: 60_000,
      events: { readers: READERS },
    },
    environment: { WHATSAPP_MAX_PAIRING_SESSIONS: '2' },
  });
  document = (await world.service.call('GET', '/docs-json')).body;
  operations = operationsOf(document);
  check = new SchemaCheck(document);
});
afterAll(() => world.close());

/** `operation status code` of every error that was answered, and held to its schema. */
const provoked = new Set<string>();

interface Call {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

/** Calls an operation and holds the answer to the schema that is documented for its status and content type. */
async function press(operation: Operation, { query = '', headers = {}, body }: Call): Promise<Response> {
  const { method, path, operationId } = operation;
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${world.service.url}${path}${query}`, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const value = await valueOf(response);
  const documented = operation.responses[response.status];
  expect([operationId, response.status, documented?.description.length ?? 0]).not.toContain(0);
  if (response.status === 304) return response;
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const schema = documented?.content?.[type]?.schema;
  expect([operationId, response.status, type, typeof schema]).toContain('object');
  expect([operationId, value, check.faults(schema ?? {}, value)]).toEqual([operationId, value, []]);
  if (response.status >= 400) {
    provoked.add(`${operationId} ${response.status} ${(value as { code: string }).code}`);
  }
  return response;
}

function operation(id: string): Operation {
  const found = operations.find(({ operationId }) => operationId === id);
  if (!found) throw new Error(`there is no operation ${id}`);
  return found;
}

const bodyExamples = ({ requestBody }: Operation): unknown[] =>
  Object.values(requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => value);

/** The calls that Swagger UI makes of an operation's examples: as it fills them in, and with each other one in turn. */
function calls(target: Operation): Call[] {
  const examplesOf = ({ examples = {} }: Parameter): string[] =>
    Object.values(examples).map(({ value }) => String(value));
  const chosen = (choice: ReadonlyMap<Parameter, string>): Call => {
    const picked = target.parameters.map(
      (parameter) => [parameter, choice.get(parameter) ?? examplesOf(parameter)[0] ?? ''] as const,
    );
    const of = (place: Parameter['in']): string[][] =>
      picked.filter(([parameter]) => parameter.in === place).map(([{ name }, value]) => [name, value]);
    return {
      query:
        target.parameters.length > 0
          ? `?${new URLSearchParams(of('query') as [string, string][]).toString()}`
          : '',
      headers: Object.fromEntries(of('header')) as Record<string, string>,
    };
  };
  const queries = [
    chosen(new Map()),
    ...target.parameters.flatMap((parameter) =>
      examplesOf(parameter)
        .slice(1)
        .map((value) => chosen(new Map([[parameter, value]]))),
    ),
  ];
  const bodies = bodyExamples(target);
  if (bodies.length === 0) return queries;
  return bodies.map((body) => ({ body: JSON.stringify(body) }));
}

describe('the document of the running application', () => {
  it('describes every route in words, with examples that keep to their schemas', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /api/whatsapp/accounts',
      'GET /api/whatsapp/events',
      'GET /api/whatsapp/pair',
      'GET /api/whatsapp/pair/qr',
      'GET /api/whatsapp/status',
      'GET /health/live',
      'GET /health/ready',
      'POST /api/whatsapp/disconnect',
      'POST /api/whatsapp/pair',
      'POST /api/whatsapp/pair/stop',
    ]);
    for (const target of operations) {
      const { operationId, summary, description, parameters, requestBody, responses } = target;
      expect([operationId, Boolean(summary), Boolean(description)]).toEqual([operationId, true, true]);
      expect(target.method === 'POST').toBe(requestBody !== undefined);
      for (const { name, description: words, schema, examples = {} } of parameters) {
        expect([operationId, name, Boolean(words)]).toEqual([operationId, name, true]);
        const values = Object.values(examples).map(({ value }) => value);
        expect([name, values.length > 0, values.flatMap((value) => check.faults(schema, value))]).toEqual([
          name,
          true,
          [],
        ]);
      }
      const answers = Object.entries(responses).filter(([status]) => status !== '304');
      const contents = [requestBody, ...answers.map(([, answer]) => answer)].flatMap((described) =>
        Object.values(described?.content ?? {}),
      );
      for (const { schema, examples = {} } of contents) {
        const entries = Object.entries(examples);
        expect([operationId, schema, entries.length > 0]).toEqual([operationId, schema, true]);
        for (const [name, { summary: words, value }] of entries) {
          expect([operationId, name, Boolean(words), check.faults(schema, value)]).toEqual([
            operationId,
            name,
            true,
            [],
          ]);
        }
      }
    }
  });

  it('requires every field of every answer', () => {
    const answers = Object.entries(document.components.schemas).filter(([name]) => name.endsWith('Response'));
    expect(answers.length).toBe(12);
    for (const [name, { properties, required }] of answers) {
      // There only when a phone number was given.
      const fields = Object.keys(properties as object).filter(
        (field) => name !== 'PairResponse' || field !== 'pairingCode',
      );
      expect([name, required]).toEqual([name, fields]);
    }
  });

  it('works when its examples are pressed as they stand, from top to bottom', async () => {
    for (const target of operations) {
      for (const call of calls(target)) {
        const { status } = await press(target, call);
        expect([target.operationId, call, status]).toEqual([target.operationId, call, 200]);
      }
    }
  });

  it('is the one that is committed, and what writes that one writes the same', async () => {
    const committed = await readFile('openapi.json', 'utf8');
    expect(JSON.parse(committed)).toEqual(document);
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect([document.info.version, document.servers]).toEqual([version, []]);
    const directory = await mkdtemp(join(tmpdir(), 'openapi-'));
    try {
      await promisify(execFile)(process.execPath, [resolve('dist/src/openapi.js')], { cwd: directory });
      expect(await readFile(join(directory, 'openapi.json'), 'utf8')).toBe(committed);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('every documented error', () => {
  const writing = (): Operation[] => operations.filter(({ method }) => method === 'POST');
  const reading = (): Operation[] =>
    operations.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/'));
  const pair = (accountId: string): Call => ({ body: JSON.stringify({ accountId }) });

  async function expectCode(target: Operation, call: Call, status: number, code: string): Promise<void> {
    const response = await press(target, call);
    expect([target.operationId, response.status]).toEqual([target.operationId, status]);
    expect([...provoked]).toContain(`${target.operationId} ${status} ${code}`);
  }

  it('can be had for a bad request', async () => {
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
    await expectCode(operation('pairingQr'), { headers: { accept: 'text/html' } }, 406, 'not_acceptable');
  });

  it('can be had without a code, and without a free place', async () => {
    const { control } = world.simulator;
    await expectCode(operation('pairingQr'), { query: '?accountId=nobody' }, 404, 'no_pairing');
    await control.addFault({ stage: 'pair_device', action: { type: 'silent' }, times: 'always' });
    await press(operation('pair'), pair('one'));
    await press(operation('pair'), pair('two'));
    await expectCode(operation('pairingQr'), { query: '?accountId=one' }, 404, 'qr_not_ready');
    await expectCode(operation('pair'), pair('three'), 429, 'too_many_sessions');
    for (const accountId of ['one', 'two']) await world.service.stopPairing(accountId);
    await control.removeFault();
  });

  it('can be had by phone number', async () => {
    const { control } = world.simulator;
    const stage = 'companion_hello';
    const byCode = (accountId: string): Call => ({
      body: JSON.stringify({ accountId, phoneNumber: world.newPhone() }),
    });
    await control.addFault({ stage, action: { type: 'query_error', code: 429, text: 'rate-overlimit' } });
    await expectCode(operation('pair'), byCode('refused'), 422, 'code_refused');
    await control.addFault({ stage: 'pair_device', action: { type: 'fail', code: 403 } });
    await expectCode(operation('pair'), byCode('failed'), 502, 'pairing_failed');
    await press(operation('pair'), byCode('one'));
    await expectCode(operation('pairingQr'), { query: '?accountId=one' }, 409, 'pairing_by_code');
    await control.addFault({ stage, action: { type: 'hold' } });
    const stopped = expectCode(operation('pair'), byCode('one'), 404, 'no_pairing');
    await control.holds({ stage }, 10_000);
    await world.service.stopPairing('one');
    await stopped;
    await world.link('other');
    await expectCode(operation('pair'), byCode('other'), 409, 'other_number_linked');
    await world.service.disconnect('other');
    await control.removeFault();
  });

  it('can be had with too many readers of events', async () => {
    const reading = Array.from({ length: READERS }, () => EventClient.open(world.service.url));
    const readers = await Promise.all(reading);
    await expectCode(operation('events'), {}, 503, 'too_many_readers');
    for (const reader of readers) reader.hangUp();
  });

  it('can be had from a store that fails', async () => {
    await world.link('linked');
    await world.service.breakStore({ saveSetting: true });
    await expectCode(operation('pair'), pair('one'), 500, 'storage_failed');
    await world.service.breakStore({ erase: true });
    await expectCode(operation('disconnect'), pair('one'), 500, 'storage_failed');
    await world.service.breakStore({ saveSetting: true });
    await eventually(
      async () => (await press(operation('ready'), {})).status === 503,
      8_000,
      () => 'it is still ready',
    );
    await expectCode(operation('ready'), {}, 503, 'not_ready');
    await world.service.breakStore({ openSocket: true });
    await expectCode(operation('pair'), pair('one'), 500, 'session_start_failed');
    await world.service.breakStore({});
    await world.simulator.control.act({ type: 'cut' }, { kind: 'login' });
    await world.service.reaches('linked', 'idle');
    await world.service.breakStore({ corrupt: true });
    await expectCode(operation('pair'), pair('linked'), 409, 'auth_state_corrupt');
    await world.service.breakStore({});
    await world.service.disconnect('linked');
  });

  it('can be had from an account that is busy', async () => {
    await world.link('busy');
    await world.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const slow = world.service.disconnect('busy');
    const waiting = Array.from({ length: 30 }, () => world.service.stopPairing('busy'));
    await Promise.race(waiting);
    for (const target of writing()) await expectCode(target, pair('busy'), 429, 'busy');
    expect((await slow).status).toBe(200);
    await Promise.all(waiting);
  });

  it('can be had while the service shuts down', async () => {
    const phone = await world.link('frozen');
    await world.simulator.control.act({ type: 'freeze' }, { phone });
    const stopped = world.service.stop();
    await eventually(
      async () => (await world.service.pair('late')).status === 503,
      5_000,
      () => 'it still pairs',
    );
    for (const target of writing()) await expectCode(target, pair('late'), 503, 'shutting_down');
    await expectCode(operation('pairingQr'), { query: '?accountId=late' }, 503, 'shutting_down');
    await expectCode(operation('events'), {}, 503, 'shutting_down');
    await expectCode(operation('ready'), {}, 503, 'shutting_down');
    expect((await press(operation('live'), {})).status).toBe(200);
    expect(await stopped).toBe(0);
  });

  it('has been had', () => {
    const documented = operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        if (Number(status) < 400) return [];
        const { properties } = content?.['application/json']?.schema as {
          properties: { code: { enum: string[] } };
        };
        return properties.code.enum.map((code) => `${operationId} ${status} ${code}`);
      }),
    );
    expect([...provoked].sort()).toEqual(documented.sort());
  });
});
