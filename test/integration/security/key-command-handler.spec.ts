import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CallAudit } from '../../../src/security/audit/call-audit.js';
import { ApiKeys } from '../../../src/security/keys/api-keys.js';
import { configuredKeys } from '../../../src/security/keys/configured-keys.js';
import { KeyCommandHandler } from '../../../src/security/api/key-command-handler.js';
import type { KeyAnswer, KeyRequest, NewKey } from '../../../src/security/keys/key-request.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';
import { MemoryApiKeyStore } from '../../contract/memory/memory-api-keys.js';
import { type AuditDisk, MemoryAuditTrail } from '../../contract/memory/memory-audit-trail.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

/** Store that records the entries of the audit trail at the time of each change. */
class WitnessedStore extends MemoryApiKeyStore {
  readonly witnessed: unknown[] = [];

  constructor(private readonly disk: AuditDisk) {
    super();
  }

  override add(...args: Parameters<MemoryApiKeyStore['add']>): Promise<void> {
    this.witnessed.push(...this.disk.entries);
    return super.add(...args);
  }

  override revoke(...args: Parameters<MemoryApiKeyStore['revoke']>): Promise<void> {
    this.witnessed.push(...this.disk.entries);
    return super.revoke(...args);
  }
}

let clock: StoppedClock;
let disk: AuditDisk;
let trail: MemoryAuditTrail;
let store: WitnessedStore;
let handler: KeyCommandHandler;
let warn: jest.SpiedFunction<Logger['warn']>;

async function open(configured = ''): Promise<void> {
  const keys = await ApiKeys.open(store, clock, configuredKeys(configured));
  handler = new KeyCommandHandler(keys, new CallAudit(trail, clock), clock);
}

beforeEach(async () => {
  clock = new StoppedClock();
  disk = { entries: [], latest: 0, full: false };
  trail = new MemoryAuditTrail(disk);
  store = new WitnessedStore(disk);
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  await open();
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function ask(request: KeyRequest): Promise<KeyAnswer> {
  return JSON.parse(await handler.answer(JSON.stringify(request))) as KeyAnswer;
}

function create(name: string, more: Partial<NewKey> = {}): Promise<KeyAnswer> {
  const { hash } = makeSecret('wak');
  return ask({
    do: 'create',
    key: { name, hash, scopes: SCOPES, accounts: null, lifetimeMs: null, ...more },
  });
}

async function created(name: string): Promise<string> {
  const answer = await create(name);
  return answer.ok && answer.did === 'create' ? answer.id : '';
}

const revoke = (key: string): Promise<KeyAnswer> => ask({ do: 'revoke', key });

const refused = (message: string): unknown => ({
  ok: false,
  message: expect.stringContaining(message) as unknown,
});

const audited = (): unknown[][] =>
  disk.entries.map(({ action, subject, result }) => [action, subject, result]);

describe('KeyCommandHandler', () => {
  it('a key command is in the audit trail before its change, and has its result afterwards', async () => {
    const entry = {
      by: { kind: 'command', id: null, name: null },
      action: 'create_key',
      accountId: null,
      address: null,
      result: null,
    };
    const id = await created('crm');
    await clock.pass(1_000);
    expect(await revoke('crm')).toEqual({ ok: true, did: 'revoke', id, name: 'crm' });
    expect(store.witnessed).toMatchObject([
      { ...entry, subject: id },
      { ...entry, subject: id, result: 'ok' },
      { ...entry, subject: id, action: 'revoke_key' },
    ]);
    expect(audited()).toEqual([
      ['create_key', id, 'ok'],
      ['revoke_key', id, 'ok'],
    ]);
    expect(disk.entries.map(({ at }) => at.toISOString().slice(17, 19))).toEqual(['00', '01']);
  });

  it('a refused key command is entered in the audit trail with its error code', async () => {
    const { hash, id: configured } = makeSecret('wak');
    await open(`web:${hash}`);
    const id = await created('crm');
    expect(await create('crm')).toEqual(refused('There is a key "crm" already'));
    expect(await revoke('web')).toEqual(refused('WHATSAPP_API_KEYS'));
    expect(await revoke('unknown')).toEqual(refused('There is no key "unknown".'));
    await revoke(id);
    expect(await revoke('crm')).toEqual(refused(`The key "crm" (${id}) is already revoked.`));
    expect(audited()).toEqual([
      ['create_key', id, 'ok'],
      ['create_key', expect.stringMatching(/^\w{8}$/), 'invalid_request'],
      ['revoke_key', configured, 'invalid_request'],
      ['revoke_key', null, 'not_found'],
      ['revoke_key', id, 'ok'],
      ['revoke_key', id, 'key_revoked'],
    ]);
  });

  it('a key command is entered in the audit trail when the store of the keys fails', async () => {
    store.isFailing = true;
    expect(await create('crm')).toEqual(refused('Nothing was changed: the disk is full.'));
    store.isFailing = false;
    const id = await created('crm');
    store.isFailing = true;
    expect(await revoke('crm')).toEqual(refused('Nothing was changed'));
    expect(audited()).toEqual([
      ['create_key', expect.anything(), 'storage_failed'],
      ['create_key', id, 'ok'],
      ['revoke_key', id, 'storage_failed'],
    ]);
  });

  it('a revocation applies to the key that had the name when the command was sent', async () => {
    const id = await created('crm');
    const [, renewed, late] = await Promise.all([revoke('crm'), create('crm'), revoke('crm')]);
    expect([renewed.ok, late]).toEqual([true, refused('is already revoked')]);
    expect(audited().filter(([action]) => action === 'revoke_key')).toEqual([
      ['revoke_key', id, 'ok'],
      ['revoke_key', id, 'key_revoked'],
    ]);
    const [, early] = await Promise.all([create('web'), revoke('web')]);
    expect([early, audited().at(-1)]).toEqual([
      refused('There is no key "web".'),
      ['revoke_key', null, 'not_found'],
    ]);
  });

  it('a key command works although the audit trail cannot be written, and the entry is logged', async () => {
    trail.append = () => Promise.reject(new StorageFailed({ cause: new Error('disk I/O error') }));
    const id = await created('crm');
    expect(warn.mock.calls.flat()).toEqual([
      `Not in the audit trail (disk I/O error): command create_key ${id}. Check the disk and the store.`,
      `Not in the audit trail: command create_key ${id} ok. Check the disk and the store.`,
    ]);
    expect((await store.list()).map((key) => key.id)).toEqual([id]);
  });

  it('only one of two keys that are created at the same time is the first', async () => {
    const answers = await Promise.all([create('crm'), create('web')]);
    expect(answers.map((answer) => answer.ok && answer.did === 'create' && answer.isFirst)).toEqual([
      true,
      false,
    ]);
  });
});

describe('list of keys', () => {
  it('the list shows the state and the permissions of each key, and no hash', async () => {
    const { hash } = makeSecret('wak');
    await open(`web:${hash}:read:acme`);
    await create('crm', { scopes: ['pair'], accounts: ['shop-*'], lifetimeMs: 60_000 });
    await revoke('crm');
    const text = await handler.answer(JSON.stringify({ do: 'list' }));
    expect(JSON.parse(text)).toMatchObject({
      did: 'list',
      keys: [
        {
          name: 'web',
          state: 'live',
          scopes: ['read'],
          accounts: ['acme'],
          createdAt: null,
          expiresAt: null,
        },
        {
          name: 'crm',
          state: 'revoked',
          scopes: ['pair'],
          accounts: ['shop-*'],
          createdAt: '2026-01-02T12:00:00.000Z',
          expiresAt: '2026-01-02T12:01:00.000Z',
          lastUsedAt: null,
        },
      ],
    });
    expect(text).not.toContain('hash');
    expect(text).not.toContain(hash);
    expect(disk.entries).toHaveLength(2);
  });
});

describe('unknown key command', () => {
  it('an unknown command is answered with advice and changes nothing', async () => {
    for (const text of ['', '{}', 'null', JSON.stringify({ do: 'create', key: { name: 'cut' } })]) {
      expect(JSON.parse(await handler.answer(text))).toEqual(refused('runs another version'));
    }
    expect([disk.entries, await store.list()]).toEqual([[], []]);
  });
});
