import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ErrorCode } from '../../support/error-codes.js';
import { badRequest } from '../../support/requests/bad-requests.js';
import { CLOSE, HOST, JSON_TYPE } from '../../support/requests/bad-request.js';
import { Random } from '../../support/requests/random.js';
import { bytesOf, sendRaw, type RawRequest } from '../../support/clients/raw-http.js';
import { AttackedService } from './attacked-service.js';
import { fuzzRequest } from './fuzz-request.js';
import { OWNER, type Holder } from './holders.js';
import { FuzzConnection } from './fuzz-connection.js';
import { ExpectedAudit } from './expected-audit.js';
import { NUMBERS } from './values.js';
import { AnswerChecker } from './answer-checker.js';

/*
 * FUZZ_REQUESTS: number of requests (default 10,000). FUZZ_SEED: repeats a run; every failure prints its seed.
 */

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const CONNECTIONS = 16;
/** Malformed requests, each on its own connection. */
const BROKEN_REQUESTS = Math.ceil(REQUESTS / 20);
const WARM_UP = 600;
/**
 * Highest growth of the heap: compiled code, caches, and the sessions and links of thousands of calls; half a KiB per
 * request.
 */
const GROWTH_BYTES = 3 * 1024 * 1024 + REQUESTS * 512;
const MAX_REPORTED = 12;

const { seed } = Random.from('FUZZ_SEED');

let attacked: AttackedService;
let checker: AnswerChecker;

beforeAll(async () => {
  attacked = await AttackedService.start();
  checker = new AnswerChecker(attacked.material.routes, attacked.secrets);
}, 60_000);
afterAll(() => attacked.close());

const shown = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 1_500));

interface Round {
  readonly faults: readonly string[];
  readonly answers: Readonly<Record<string, number>>;
}

/** Sends random requests. @param seed the first seed; every request has its own, so that it can be repeated alone */
async function fuzz(seed: number, requests: number, expectedAudit: ExpectedAudit): Promise<Round> {
  const faults: string[] = [];
  const answers: Record<string, number> = {};
  let next = 0;
  const work = async (): Promise<void> => {
    const connection = new FuzzConnection(attacked.setup.service.url);
    for (let turn = next++; turn < requests && faults.length < MAX_REPORTED; turn = next++) {
      const request = fuzzRequest(new Random(seed + turn), attacked.material);
      const addFault = (what: unknown): void => {
        faults.push(`${String(what)} (FUZZ_SEED=${seed + turn} FUZZ_REQUESTS=1): ${shown(request.bytes)}`);
      };
      try {
        const reply = await connection.send(request.method, request.bytes, request.timeoutMs, request.isLast);
        const kind = reply === null ? 'hung up' : String(reply.status);
        answers[kind] = (answers[kind] ?? 0) + 1;
        if (reply === null) continue;
        checker.faults(request, reply).forEach(addFault);
        expectedAudit.record(request, reply, checker.routeOf(request));
      } catch (error) {
        addFault(error);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return { faults, answers };
}

/**
 * Sends malformed requests, which must be refused for every caller: they carry the owner's key. Requests with malformed
 * HTTP carry no key: some of them would only lack `Host`, which the service accepts with a key.
 */
async function fuzzBroken(): Promise<string[]> {
  const faults: string[] = [];
  const requests = fc.sample(badRequest, { numRuns: BROKEN_REQUESTS, seed });
  const work = async (): Promise<void> => {
    for (let request = requests.pop(); request; request = requests.pop()) {
      const { end, mayBeSilent } = request;
      const key = mayBeSilent ? '' : `Authorization: Bearer ${OWNER.text}\r\n`;
      const text = request.bytes.toString('latin1');
      const keyed = Buffer.from(text.replace('\r\n', `\r\n${key}`), 'latin1');
      const answers = await sendRaw(attacked.setup.service.url, keyed, { end });
      if (answers.length === 0 && !mayBeSilent) faults.push(`no answer: ${shown(keyed)}`);
      for (const { status, body } of answers) {
        const leaked = checker.secretsIn(body, null);
        if (status >= 400 && status < 500 && leaked.length === 0) continue;
        faults.push(`${status} ${leaked.join()} ${body.slice(0, 200)}: ${shown(keyed)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return faults;
}

/** Runs `work`. @throws its error, with the seed */
async function withSeed(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(`with FUZZ_SEED=${seed} FUZZ_REQUESTS=${REQUESTS}: ${String(cause)}`, { cause });
  }
}

async function attackAll(): Promise<void> {
  const { setup } = attacked;
  const expectedAudit = new ExpectedAudit();
  expect((await fuzz(1, WARM_UP, expectedAudit)).faults).toEqual([]);
  await attacked.endSessions();
  const before = await attacked.protectedState();
  const used = await setup.service.usage();
  const { faults, answers } = await fuzz(seed, REQUESTS, expectedAudit);
  expect(faults).toEqual([]);
  expect(await fuzzBroken()).toEqual([]);

  const trail = await attacked.audit();
  expect(ExpectedAudit.summaryOf(trail, OWNER)).toEqual(expectedAudit.summary());
  expect(trail.filter(({ result }) => result === null)).toEqual([]);
  await attacked.endSessions();
  expect(await attacked.protectedState()).toEqual(before);
  expect(attacked.secrets.filter(({ text }) => setup.service.output.includes(text))).toEqual([]);
  expect(NUMBERS.filter((number) => setup.service.output.includes(number.replace('+', '')))).toEqual([]);
  expect(setup.service.output).not.toMatch(/ERROR|internal_error/);

  await setup.service.resourcesFallTo(used.resources);
  const { heapUsed, warnings } = await setup.service.usage();
  expect(heapUsed - used.heapUsed).toBeLessThan(GROWTH_BYTES);
  expect(warnings).toEqual(used.warnings);
  // The requests must cover accepted and refused ones. A short run that repeats a seed is too small for this check.
  if (REQUESTS < 1_000) return;
  for (const status of [200, 400, 401, 403, 404]) expect(answers[status]).toBeGreaterThan(REQUESTS / 100);
  expect(expectedAudit.changes).toBeGreaterThan(REQUESTS / 200);
}

describe('random requests with valid, altered and missing credentials', () => {
  it('thousands of random requests bypass no permission, cause no fault, reveal no secret, leak nothing, and every change is in the audit trail', async () => {
    await withSeed(attackAll);
  }, 180_000);

  it.each<[what: string, code: ErrorCode, request: (by: Holder) => RawRequest]>([
    [
      'an absolute URL that cannot be parsed',
      'not_found',
      () => ({ method: 'GET', target: 'http://[/api/whatsapp/status' }),
    ],
    [
      'an absolute URL with an invalid port, with a page link',
      'not_found',
      ({ text }) => ({
        method: 'GET',
        target: 'http://a:99999/api/whatsapp/events?accountId=shop-3',
        headers: [['Authorization', `Bearer ${text}`]],
      }),
    ],
    [
      'an unknown Expect header',
      'key_missing',
      () => ({ method: 'GET', target: '/api/whatsapp/status', headers: [['Expect', '200-ok']] }),
    ],
    [
      'an invalid JSON body on a route without a body, without a key',
      'key_missing',
      () => ({
        method: 'DELETE',
        target: '/api/whatsapp/links/AAAAAAAA',
        headers: [JSON_TYPE, ['Content-Length', '1']],
        body: '{',
      }),
    ],
  ])('the service answers as documented: %s', async (_what, code, request) => {
    const [by] = attacked.material.holders.holders.filter(({ kind }) => kind === 'link').slice(-1);
    if (!by) throw new Error('there is no page link');
    const { headers = [], ...rest } = request(by);
    const bytes = bytesOf({ ...rest, headers: [HOST, CLOSE, ...headers] });
    const [answer] = await sendRaw(attacked.setup.service.url, bytes);
    expect(JSON.parse(answer?.body ?? '{}')).toMatchObject({ ok: false, statusCode: answer?.status, code });
    expect(answer?.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
