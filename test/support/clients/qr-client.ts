import { expect } from '@jest/globals';
import type { TestEnvironment } from '../processes/test-environment.js';
import type { ServiceOptions } from '../processes/service-process.js';
import { SHORT_TIMINGS } from '../processes/service-timings.js';
import { CODE_WAIT_MS } from '../time/time-limit.js';

export const SESSION_LIMIT_MS = 120_000;

/** A code stays valid for a minute, so that only the test replaces it. */
export const QUIET: Partial<ServiceOptions> = {
  timings: {
    ...SHORT_TIMINGS,
    connectTimeoutMs: 20_000,
    restartTimeoutMs: 20_000,
    firstCodeMs: 60_000,
    sessionLimitMs: SESSION_LIMIT_MS,
  },
  environment: { LOG_LEVEL: 'trace' },
};

export interface Code {
  readonly value: string;
  readonly sequence: number;
  readonly of: number;
  readonly expiresAt: string;
}

export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

export const NOT_READY = { statusCode: 404, code: 'qr_not_ready' };

export function noPairing(status: string): object {
  return { statusCode: 404, code: 'no_pairing', status };
}

export async function expectRefusal(answer: Promise<Shown>, expected: object): Promise<void> {
  const { status, headers, bytes } = await answer;
  const body: unknown = JSON.parse(bytes.toString());
  expect(body).toEqual({
    ok: false,
    statusCode: status,
    error: expect.any(String),
    message: expect.any(String),
    ...expected,
  });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('etag')).toBeNull();
}

/** A client of the QR route that keeps every code it received. */
export class QrClient {
  private readonly values = new Set<string>();

  constructor(private readonly setup: TestEnvironment) {}

  async get(accountId: string, query = '', headers: Record<string, string> = {}): Promise<Shown> {
    const url = `${this.setup.service.url}/api/whatsapp/pair/qr?accountId=${accountId}${query}`;
    const response = await fetch(url, { headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes };
  }

  codeIn({ status, bytes }: Shown): Code {
    const code = JSON.parse(bytes.toString()) as Code;
    expect([status, Object.keys(code)]).toEqual([200, ['value', 'sequence', 'of', 'expiresAt']]);
    this.values.add(code.value);
    return code;
  }

  /** Starts a pairing and waits for its first code. */
  async start(accountId: string): Promise<{ code: Code; etag: string }> {
    await this.setup.service.pair(accountId);
    const answer = await this.get(accountId, `&format=json&waitMs=${CODE_WAIT_MS}`);
    return { code: this.codeIn(answer), etag: answer.headers.get('etag') ?? '' };
  }

  /** Makes WhatsApp retire the code, so that the service shows the next one. */
  async redraw(qr: string): Promise<void> {
    expect(await this.setup.simulator.control.retire({ qr, where: { qr }, waitMs: 5_000 })).toBe(true);
  }

  /** Expects that the log has neither the codes nor the keys in them, in any encoding. */
  expectUnlogged(): void {
    const { output } = this.setup.service;
    expect([this.values.size > 3, output.length > 1_000]).toEqual([true, true]);
    for (const value of this.values) {
      const [address = '', reference = ''] = value.split('#');
      const parts = [value, reference, ...reference.split(',')].filter((part) => part.length > 8);
      expect([address, parts.length]).toEqual(['https://wa.me/settings/linked_devices', 6]);
      for (const part of parts) {
        const bytes = Buffer.from(part, 'base64');
        for (const written of [
          part,
          bytes.toString('hex'),
          bytes.toString('base64url'),
          bytes.join(','),
          bytes.join(', '),
        ]) {
          expect(output.includes(written)).toBe(false);
        }
      }
    }
  }
}
