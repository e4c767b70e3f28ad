import { expect } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import type { Answer } from '../processes/service-process.js';
import { PATIENT, SHORT_TIMINGS } from '../processes/service-timings.js';
import { TestEnvironment } from '../processes/test-environment.js';

export interface AuditedEntry {
  readonly number: number;
  readonly at: string;
  readonly by: { readonly kind: string; readonly id: string | null; readonly name: string | null };
  readonly action: string;
  readonly accountId: string | null;
  readonly subject: string | null;
  readonly address: string | null;
  readonly result: string | null;
}

export interface AuditedPage {
  readonly entries: readonly AuditedEntry[];
  readonly next: number | null;
}

/** Callers with their API keys and rights. */
export const KEYS = {
  office: { ...makeSecret('wak'), may: '' },
  shop: { ...makeSecret('wak'), may: ':read+pair+disconnect+admin:shop-*' },
  dashboard: { ...makeSecret('wak'), may: ':read' },
  auditor: { ...makeSecret('wak'), may: ':admin' },
};
type Who = keyof typeof KEYS;

export const inShort = ({ by, action, accountId, subject, result }: AuditedEntry): unknown[] => [
  by.name,
  action,
  accountId,
  ...(subject === null ? [] : [subject]),
  result,
];

/** A service with API keys, and reads of its audit trail. */
export class AuditedEnvironment {
  private constructor(readonly setup: TestEnvironment) {}

  static async create(): Promise<AuditedEnvironment> {
    const setup = await TestEnvironment.create({
      timings: { ...SHORT_TIMINGS, ...PATIENT },
      environment: {
        WHATSAPP_MAX_PAIRING_SESSIONS: '100',
        WHATSAPP_API_KEYS: Object.entries(KEYS)
          .map(([name, { hash, may }]) => `${name}:${hash}${may}`)
          .join(','),
      },
    });
    return new AuditedEnvironment(setup);
  }

  call(who: Who, method: string, path: string, body?: object): Promise<Answer> {
    return this.callWith(KEYS[who].text, method, path, body);
  }

  /** @param secret a key, or the token of a link */
  callWith(secret: string, method: string, path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${secret}` };
    return this.setup.service.call(method, `/api/whatsapp/${path}`, body, headers);
  }

  /** Makes a page link that is valid for one minute. */
  async invite(
    who: Who,
    accountId: string,
    more: object = {},
  ): Promise<{ readonly linkId: string; readonly token: string }> {
    const { body } = await this.call(who, 'POST', 'links', { accountId, expiresInSeconds: 60, ...more });
    const { linkId, url } = body as { linkId: string; url: string };
    return { linkId, token: new URL(url).hash.slice(1) };
  }

  async read(query = '', who: Who = 'auditor'): Promise<AuditedPage> {
    const { status, body } = await this.call(who, 'GET', `audit?limit=200${query}`);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  }

  /** Returns the entries after the entry with this number, oldest first. */
  async since(number: number, who: Who = 'auditor'): Promise<AuditedEntry[]> {
    const { entries } = await this.read('', who);
    return entries.filter((entry) => entry.number > number).reverse();
  }

  /** Returns the number of the latest entry. */
  async latest(): Promise<number> {
    return (await this.read()).entries[0]?.number ?? 0;
  }
}
