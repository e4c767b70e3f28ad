import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PairingResult } from '../../../simulator/server/pairing-result.js';
import type { Code } from '../../support/clients/qr-client.js';
import { ServiceProcess } from '../../support/processes/service-process.js';
import { SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { Simulator } from '../../support/processes/simulator.js';
import { WaitingClient } from '../../support/clients/waiting-client.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const FIRST_MS = 1_500;
const NEXT_MS = 500;
/** The most time between the issue of a reference and its arrival here, on a busy machine. */
const ON_THE_WAY_MS = 400;

let simulator: Simulator;
let service: ServiceProcess;
let dataDir: string;

beforeAll(async () => {
  simulator = await Simulator.start({
    'first-reference-ms': FIRST_MS,
    'next-reference-ms': NEXT_MS,
    'reference-grace-ms': 0,
  });
  dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-expiry-'));
  const timings = { ...SHORT_TIMINGS, firstCodeMs: FIRST_MS, nextCodeMs: NEXT_MS };
  service = await ServiceProcess.start({ dataDir, server: simulator, timings });
});
afterAll(async () => {
  await service.stop();
  await simulator.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string;
}

async function newer(accountId: string, etag = ''): Promise<Answer> {
  const path = `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=30000`;
  const answer = await service.call('GET', path, undefined, { 'if-none-match': etag });
  return { ...answer, etag: answer.headers.get('etag') ?? '' };
}

/** Scans the code. On a busy machine it can expire before the scan; then the next code is scanned. */
async function scanCodeInTime(accountId: string, { body, etag }: Answer): Promise<PairingResult> {
  const scan = await simulator.control.scan({ phone: '4915120000001', qr: (body as Code).value });
  if (scan.paired || scan.reason !== 'expired_reference') return scan;
  return scanCodeInTime(accountId, await newer(accountId, etag));
}

describe('the expiry time of a QR code', () => {
  it('the expiry time is exact: WhatsApp refuses the code after it, and the next code is shown at that moment', async () => {
    const begun = performance.now();
    await service.pair('expiring');
    const first = await newer('expiring');
    const { value, expiresAt } = first.body as Code;
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - timeLimit(FIRST_MS))).toBeLessThan(
      timeLimitSince(begun, ON_THE_WAY_MS),
    );
    const second = await newer('expiring', first.etag);
    expect(Math.abs(Date.parse(expiresAt) - Date.now())).toBeLessThan(timeLimitSince(begun, ON_THE_WAY_MS));
    expect((second.body as Code).sequence).toBe(2);
    expect(await simulator.control.scan({ phone: '4915120000001', qr: value })).toEqual({
      paired: false,
      reason: 'expired_reference',
    });
    expect(await scanCodeInTime('expiring', second)).toMatchObject({ paired: true });
  });

  it('each of the six codes has its expiry time, and the pairing fails after the last one', async () => {
    const begun = performance.now();
    await service.pair('expired');
    const seen: Code[] = [];
    let answer = await newer('expired');
    for (; answer.status === 200; answer = await newer('expired', answer.etag))
      seen.push(answer.body as Code);
    expect(seen.map(({ sequence, of }) => [sequence, of])).toEqual([1, 2, 3, 4, 5, 6].map((n) => [n, 6]));
    expect(new Set(seen.map(({ value }) => value)).size).toBe(6);
    const times = seen.map(({ expiresAt }) => Date.parse(expiresAt));
    for (const [index, time] of times.slice(1).entries()) {
      expect(Math.abs(time - (times[index] ?? 0) - timeLimit(NEXT_MS))).toBeLessThan(
        timeLimitSince(begun, ON_THE_WAY_MS),
      );
    }
    expect([answer.status, answer.body]).toMatchObject([404, { code: 'no_pairing', status: 'error' }]);
    expect((await service.view('expired')).body).toMatchObject({
      status: 'error',
      qr: null,
      error: { code: 'qr_expired', userAction: 'scan_again' },
    });
  });

  it('a client that waits for a code is answered when the service shuts down', async () => {
    await service.pair('waiting');
    const { etag } = await newer('waiting');
    const path = '/api/whatsapp/pair/qr?accountId=waiting&format=json&waitMs=30000';
    const client = new WaitingClient(service.url, path, { 'if-none-match': etag });
    // This request uses the same connection, so the waiting one has arrived when it is answered.
    expect(await service.status('waiting')).toMatchObject({ status: 'pending' });
    expect(await service.stop()).toBe(0);
    const answer = await client.answered;
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(answer).toContain('"code":"shutting_down"');
  });
});
