import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Operation, Parameter } from '../../support/openapi/api-document.js';
import { Customer } from '../../support/clients/customer.js';
import { DocumentedApi, type Call } from '../../support/clients/documented-api.js';
import { outputOf } from '../../support/processes/run-program.js';
import { PATIENT, STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;
let api: DocumentedApi;
/** A customer whose link stays open. */
let customer: Customer;
/** A customer whose link is revoked. */
let revoked: Customer;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...STAYS_DOWN, ...PATIENT } });
  api = await DocumentedApi.of(setup);
  [customer, revoked] = [await Customer.of(setup, 'sales'), await Customer.of(setup, 'sales')];
});
afterAll(() => setup.close());

const bodyExamples = ({ requestBody }: Operation): unknown[] =>
  Object.values(requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => value);

/**
 * The calls that Swagger UI makes with the examples of an operation: one with the first example of every parameter,
 * and one for each further example.
 */
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
      // The id in the example of the path exists only after a call that makes a link.
      places: { linkId: revoked.linkId },
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

describe('the OpenAPI document of the running service', () => {
  it('every route has descriptions, and examples that match their schemas', () => {
    expect(api.operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /api/whatsapp/links/{linkId}',
      'GET /api/whatsapp/accounts',
      'GET /api/whatsapp/audit',
      'GET /api/whatsapp/events',
      'GET /api/whatsapp/link',
      'GET /api/whatsapp/links',
      'GET /api/whatsapp/pair',
      'GET /api/whatsapp/pair/qr',
      'GET /api/whatsapp/status',
      'GET /health/live',
      'GET /health/ready',
      'POST /api/whatsapp/disconnect',
      'POST /api/whatsapp/links',
      'POST /api/whatsapp/pair',
      'POST /api/whatsapp/pair/stop',
    ]);
    for (const target of api.operations) {
      const { operationId, summary, description, parameters, requestBody, responses } = target;
      expect([operationId, Boolean(summary), Boolean(description)]).toEqual([operationId, true, true]);
      expect(target.method === 'POST').toBe(requestBody !== undefined);
      for (const { name, description: words, schema, examples = {} } of parameters) {
        expect([operationId, name, Boolean(words)]).toEqual([operationId, name, true]);
        const values = Object.values(examples).map(({ value }) => value);
        expect([name, values.length > 0, values.flatMap((value) => api.check.faults(schema, value))]).toEqual(
          [name, true, []],
        );
      }
      const answers = Object.entries(responses).filter(([status]) => status !== '304');
      const contents = [requestBody, ...answers.map(([, answer]) => answer)].flatMap((described) =>
        Object.values(described?.content ?? {}),
      );
      for (const { schema, examples } of contents) {
        for (const [name, { summary: words, value }] of Object.entries(examples ?? {})) {
          expect([operationId, name, Boolean(words), api.check.faults(schema, value)]).toEqual([
            operationId,
            name,
            true,
            [],
          ]);
        }
        // Swagger UI assembles the example from those of the properties when there is no named one.
        if (examples) continue;
        const alternatives = 'oneOf' in schema ? (schema['oneOf'] as readonly (typeof schema)[]) : [schema];
        for (const alternative of alternatives) {
          const shown = api.check.exampleOf(alternative);
          expect([operationId, api.check.faults(alternative, shown)]).toEqual([operationId, []]);
        }
      }
    }
  });

  it('every field of every answer is required', () => {
    const answers = Object.entries(api.document.components.schemas).filter(([name]) =>
      name.endsWith('Response'),
    );
    expect(answers.length).toBe(20);
    for (const [name, { properties, required }] of answers) {
      // This field is present only after a request with a phone number.
      const fields = Object.keys(properties as object).filter(
        (field) => name !== 'PairResponse' || field !== 'pairingCode',
      );
      expect([name, required]).toEqual([name, fields]);
    }
  });

  it('every call with the documented examples succeeds, in the order of the document', async () => {
    for (const target of api.operations) {
      for (const call of calls(target)) {
        const headers = target.operationId === 'ownLink' ? customer.headers : (call.headers ?? {});
        const { status } = await api.press(target, { ...call, headers });
        expect([target.operationId, call, status]).toEqual([target.operationId, call, 200]);
      }
    }
  });

  it('the committed document equals the served one and the output of its generator', async () => {
    const committed = await readFile('openapi.json', 'utf8');
    expect(JSON.parse(committed)).toEqual(api.document);
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect([api.document.info.version, api.document.servers]).toEqual([version, []]);
    const directory = await mkdtemp(join(tmpdir(), 'openapi-'));
    try {
      await outputOf('dist/src/cli/openapi.js', { cwd: directory });
      expect(await readFile(join(directory, 'openapi.json'), 'utf8')).toBe(committed);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
