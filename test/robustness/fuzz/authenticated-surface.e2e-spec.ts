import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ErrorCode } from '../../../src/whatsapp/domain/errors.js';
import { badRequest } from '../../support/requests/bad-requests.js';
import { CLOSE, HOST, JSON_TYPE } from '../../support/requests/bad-request.js';
import { Random } from '../../support/requests/random.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import type { RawRequest } from '../../support/clients/raw-http.js';
import { AttackedService } from './attacked-service.js';
import { fuzzRequest } from './fuzz-request.js';
import { OWNER } from './holders.js';
import type { Holder } from './holders.js';
import { Lane } from './fuzz-connection.js';
import { ExpectedAudit } from './expected-audit.js';
import { NUMBERS } from './values.js';
import { Judge } from './verdict.js';

/*
 * FUZZ_REQUESTS: how many (10,000). FUZZ_SEED: to repeat a run; what is found tells its own.
 */

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const LANES = 16;
/** Each on a connection of its own. */
const BROKEN_REQUESTS = Math.ceil(REQUESTS / 20);
const WARM_UP = 600;
/** What is compiled and cached on the way, and the sessions and links of thousands of calls; half a KiB for each request. */
const GROWTH_BYTES = 3 * 1024 * 1024 + REQUESTS * 512;
const MOST_TOLD = 12;

const { seed } = Random.from('FUZZ_SEED');

let attacked: AttackedService;
let judge: Judge;

beforeAll(async () => {
  attacked = await AttackedService.start();
  judge = new Judge(attacked.material.routes, attacked.secrets);
}, 60_000);
afterAll(() => attacked.close());

const shown = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 1_500));

interface Round {
  readonly faults: readonly string[];
  readonly answers: Readonly<Record<string, number>>;
}

/** @param seed each request is made of a seed of its own, so that one can be made again without the others */
async function fuzz(seed: number, requests: number, expectedAudit: ExpectedAudit): Promise<Round> {
  const faults: string[] = [];
  const answers: Record<string, number> = {};
  let next = 0;
  const work = async (): Promise<void> => {
    const lane = new Lane(attacked.setup.service.url);
    for (let turn = next++; turn < requests && faults.length < MOST_TOLD; turn = next++) {
      const request = fuzzRequest(new Random(seed + turn), attacked.material);
      const tell = (what: unknown): void => {
        faults.push(`${String(what)} (FUZZ_SEED=${seed + turn} FUZZ_REQUESTS=1): ${shown(request.bytes)}`);
      };
      try {
        const reply = await lane.ask(request.method, request.bytes, request.patienceMs, request.isLast);
        const kind = reply === null ? 'hung up on' : String(reply.status);
        answers[kind] = (answers[kind] ?? 0) + 1;
        if (reply === null) continue;
        judge.faults(request, reply).forEach(tell);
        expectedAudit.note(request, reply, judge.routeOf(request));
      } catch (error) {
        tell(error);
      }
    }
    lane.close();
  };
  await Promise.all(Array.from({ length: LANES }, work));
  return { faults, answers };
}

/**
 * What is wrong in itself is refused whoever asks for it: it is sent with a key that may do everything. Where HTTP itself is
 * wrong, without: some of that was refused for its missing `Host` alone, which does not matter to who has a key.
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
        const told = judge.secretsIn(body, null);
        if (status >= 400 && status < 500 && told.length === 0) continue;
        faults.push(`${status} ${told.join()} ${body.slice(0, 200)}: ${shown(keyed)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  return faults;
}

/** What fails is told with the seed that it failed with. */
async function tellingSeed(work: () => Promise<void>): Promise<void> {
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
  await attacked.calm();
  const before = await attacked.untouchable();
  const used = await setup.service.usage();
  const { faults, answers } = await fuzz(seed, REQUESTS, expectedAudit);
  expect(faults).toEqual([]);
  expect(await fuzzBroken()).toEqual([]);

  const trail = await attacked.audit();
  expect(ExpectedAudit.told(trail, OWNER)).toEqual(expectedAudit.heard());
  expect(trail.filter(({ result }) => result === null)).toEqual([]);
  await attacked.calm();
  expect(await attacked.untouchable()).toEqual(before);
  expect(attacked.secrets.filter(({ text }) => setup.service.output.includes(text))).toEqual([]);
  expect(NUMBERS.filter((number) => setup.service.output.includes(number.replace('+', '')))).toEqual([]);
  expect(setup.service.output).not.toMatch(/ERROR|internal_error/);

  await setup.service.resourcesFallTo(used.resources);
  const { heapUsed, warnings } = await setup.service.usage();
  expect(heapUsed - used.heapUsed).toBeLessThan(GROWTH_BYTES);
  expect(warnings).toEqual(used.warnings);
  // Not all was refused at the door, and not all was let in; a few that are made again say nothing of that.
  if (REQUESTS < 1_000) return;
  for (const status of [200, 400, 401, 403, 404]) expect(answers[status]).toBeGreaterThan(REQUESTS / 100);
  expect(expectedAudit.changes).toBeGreaterThan(REQUESTS / 200);
}

describe('thousands of hostile requests to a service with keys and links', () => {
  it('open no door, break nothing, tell no secret and leave nothing behind, and all that they change is in the audit trail', async () => {
    await tellingSeed(attackAll);
  }, 180_000);

  it.each<[what: string, code: ErrorCode, request: (by: Holder) => RawRequest]>([
    [
      'a whole address that cannot be read',
      'not_found',
      () => ({ method: 'GET', target: 'http://[/api/whatsapp/status' }),
    ],
    [
      'a whole address with a port that cannot be, and a link',
      'not_found',
      ({ text }) => ({
        method: 'GET',
        target: 'http://a:99999/api/whatsapp/events?accountId=shop-3',
        headers: [['Authorization', `Bearer ${text}`]],
      }),
    ],
    [
      'an expectation that nobody has',
      'key_missing',
      () => ({ method: 'GET', target: '/api/whatsapp/status', headers: [['Expect', '200-ok']] }),
    ],
    [
      'a body that is not JSON where none is taken, without a key',
      'key_missing',
      () => ({
        method: 'DELETE',
        target: '/api/whatsapp/links/AAAAAAAA',
        headers: [JSON_TYPE, ['Content-Length', '1']],
        body: '{',
      }),
    ],
  ])('are answered as documented: %s', async (_what, code, request) => {
    const [by] = attacked.material.holders.holders.filter(({ kind }) => kind === 'link').slice(-1);
    if (!by) throw new Error('nobody has a link');
    const { headers = [], ...rest } = request(by);
    const bytes = bytesOf({ ...rest, headers: [HOST, CLOSE, ...headers] });
    const [answer] = await sendRaw(attacked.setup.service.url, bytes);
    expect(JSON.parse(answer?.body ?? '{}')).toMatchObject({ ok: false, statusCode: answer?.status, code });
    expect(answer?.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
