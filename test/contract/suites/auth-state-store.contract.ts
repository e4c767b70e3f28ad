import assert from 'node:assert/strict';
import { AuthStateCorrupt, StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { KeyChange } from '../../../src/whatsapp/ports/auth-state.store.js';
import { type Rule, rule } from '../rule.js';
import { accepted, bytes, hex, hexOf, id, ids, type StorageSubject, writerOf } from '../storage-subject.js';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);
const key = (keyId: string, value: Uint8Array | null, type = 'session'): KeyChange => ({
  type,
  id: keyId,
  value,
});

/** Rules about storing and reading. The rules about writers are in `auth-state-writer.contract.ts`. */
export const authStateStoreRules: readonly Rule<StorageSubject>[] = [
  rule('an account that was never written has no data', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    assert.equal(await subject.store.load(id('sales')), null);
    assert.deepEqual(await subject.store.linked({ after: null, limit: 10 }), []);
    assert.deepEqual(hexOf(await writer.read('session', ['a'])), {});
  }),

  rule('bytes are read exactly as they were written', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const view = new Uint8Array(EVERY_BYTE.buffer, 100, 50);
    const large = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
    await writer.write({
      credentials: EVERY_BYTE,
      keys: [
        key('every', EVERY_BYTE),
        key('view', view),
        key('empty', new Uint8Array()),
        key('large', large),
      ],
    });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(EVERY_BYTE));
    assert.deepEqual(hexOf(await writer.read('session', ['every', 'view', 'empty', 'large'])), {
      empty: '',
      every: hex(EVERY_BYTE),
      large: hex(large),
      view: hex(view),
    });
  }),

  rule('changes of a buffer after a write or a read do not change the store', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const credentials = bytes('credentials');
    const value = bytes('value');
    await writer.write({ credentials, keys: [key('a', value)] });
    credentials.fill(0);
    value.fill(0);
    (await subject.store.load(id('sales')))?.fill(0);
    (await writer.read('session', ['a'])).get('a')?.fill(0);
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('credentials')));
    assert.deepEqual(hexOf(await writer.read('session', ['a'])), { a: hex(bytes('value')) });
  }),

  rule('a read leaves out missing keys', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write({ keys: [key('a', bytes('1'))] });
    assert.deepEqual([...(await writer.read('session', ['b', 'a', 'c'])).keys()], ['a']);
  }),

  rule('a null value deletes a key and keeps the others', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write({
      keys: [key('a', bytes('1')), key('b', bytes('2')), key('a', bytes('3'), 'pre-key')],
    });
    await writer.write({ keys: [key('a', null), key('unknown', null)] });
    assert.deepEqual(hexOf(await writer.read('session', ['a', 'b'])), { b: hex(bytes('2')) });
    assert.deepEqual(hexOf(await writer.read('pre-key', ['a'])), { a: hex(bytes('3')) });
  }),

  rule('the last of several changes of one key in a write counts', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write({
      keys: [key('a', bytes('1')), key('a', bytes('2')), key('b', bytes('3')), key('b', null)],
    });
    assert.deepEqual(hexOf(await writer.read('session', ['a', 'b'])), { a: hex(bytes('2')) });
  }),

  rule('ids and types of keys can be any text and are compared exactly', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const texts = [
      'a',
      'A',
      '',
      'a/b',
      'a__b',
      'a:b',
      'a-b',
      ' a',
      'a ',
      '\u00e9',
      'e\u0301',
      '😀',
      '__proto__',
      "'",
      '%',
    ];
    const keys = texts.flatMap((text) => [
      key(text, bytes(`id ${text}`)),
      key('x', bytes(`type ${text}`), `t${text}`),
    ]);
    await writer.write({ keys });
    const byId = Object.fromEntries(texts.map((text) => [text, hex(bytes(`id ${text}`))]));
    assert.deepEqual(hexOf(await writer.read('session', texts)), byId);
    for (const text of texts) {
      assert.deepEqual(hexOf(await writer.read(`t${text}`, ['x'])), { x: hex(bytes(`type ${text}`)) });
    }
  }),

  rule('account ids are case-sensitive, and __proto__ is a valid id', async (subject) => {
    const names = ['Acme', 'acme', '__proto__', 'constructor', 'CON', '-', '_'];
    for (const name of names) {
      const writer = await writerOf(subject, name);
      await writer.write({ credentials: bytes(name), keys: [key('a', bytes(name))] });
      await writer.close('drain');
    }
    for (const name of names) {
      const writer = await writerOf(subject, name);
      assert.equal(hex(await subject.store.load(id(name))), hex(bytes(name)));
      assert.deepEqual(hexOf(await writer.read('session', ['a'])), { a: hex(bytes(name)) });
    }
    assert.equal(await subject.store.load(id('toString')), null);
  }),

  rule('accounts share no data', async (subject) => {
    const sales = await writerOf(subject, 'sales');
    const support = await writerOf(subject, 'support');
    await sales.write({ ...accepted('sales', '1'), keys: [key('a', bytes('sales'))] });
    await support.write({
      ...accepted('support', '2'),
      keys: [key('a', bytes('support')), key('b', bytes('b'))],
    });
    assert.deepEqual(hexOf(await sales.read('session', ['a', 'b'])), { a: hex(bytes('sales')) });
    await sales.erase();
    assert.equal(hex(await subject.store.load(id('support'))), hex(bytes('support')));
    assert.equal((await subject.config.find(id('support')))?.phone, '2');
    assert.deepEqual(Object.keys(hexOf(await support.read('session', ['a', 'b']))), ['a', 'b']);
  }),

  rule('acknowledged writes are kept over a restart', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write({ ...accepted('first'), keys: [key('a', bytes('1'))] });
    await writer.write({ credentials: bytes('second'), keys: [key('b', bytes('2'))] });
    await subject.reopen();
    const next = await writerOf(subject, 'sales');
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('second')));
    assert.deepEqual(Object.keys(hexOf(await next.read('session', ['a', 'b']))), ['a', 'b']);
    assert.notEqual(await subject.config.find(id('sales')), null);
  }),

  rule('a failed write changes nothing, and the next one works', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const large = [key('a', bytes('new')), key('large', new Uint8Array(1_000_000)), key('z', bytes('z'))];
    await subject.whileFull(async () => {
      await assert.rejects(writer.write({ ...accepted('first'), keys: large }), StorageFailed);
    });
    assert.equal(await subject.store.load(id('sales')), null);
    assert.deepEqual(await subject.store.linked({ after: null, limit: 10 }), []);
    assert.equal(await subject.config.find(id('sales')), null);
    await writer.write({ ...accepted('first', '1'), keys: [key('a', bytes('old'))] });
    await subject.whileFull(async () => {
      await assert.rejects(writer.write({ ...accepted('second', '2'), keys: large }), StorageFailed);
    });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('first')));
    assert.deepEqual(hexOf(await writer.read('session', ['a', 'large', 'z'])), { a: hex(bytes('old')) });
    assert.equal((await subject.config.find(id('sales')))?.phone, '1');
    await writer.write({ ...accepted('second', '2'), keys: large });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('second')));
  }),

  rule('erase removes credentials, keys and connector permanently', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write({
      ...accepted('credentials'),
      keys: [key('a', bytes('1')), key('b', bytes('2'), 'pre-key')],
    });
    await writer.erase();
    const nothing = async (): Promise<void> => {
      const reader = await writerOf(subject, 'sales');
      assert.equal(await subject.store.load(id('sales')), null);
      assert.deepEqual(await subject.store.linked({ after: null, limit: 10 }), []);
      assert.equal(await subject.config.find(id('sales')), null);
      assert.deepEqual(hexOf(await reader.read('session', ['a'])), {});
      assert.deepEqual(hexOf(await reader.read('pre-key', ['b'])), {});
    };
    await nothing();
    await subject.reopen();
    await nothing();
  }),

  rule('a writer starts without data after erase, and erasing no data is not an error', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.erase();
    await writer.write({ credentials: bytes('old'), keys: [key('a', bytes('1'))] });
    await writer.erase();
    await writer.erase();
    await writer.write({ credentials: bytes('new'), keys: [key('b', bytes('2'))] });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('new')));
    assert.deepEqual(hexOf(await writer.read('session', ['a', 'b'])), { b: hex(bytes('2')) });
  }),

  rule('damaged credentials are reported as corrupt, and stay until they are erased', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    await writer.write(accepted('credentials'));
    await subject.damageCredentials(id('sales'));
    for (const restart of [false, true, false]) {
      if (restart) await subject.reopen();
      await assert.rejects(subject.store.load(id('sales')), AuthStateCorrupt);
      assert.deepEqual(await subject.store.linked({ after: null, limit: 10 }), ids('sales'));
    }
    await (await writerOf(subject, 'sales')).erase();
    assert.equal(await subject.store.load(id('sales')), null);
  }),

  rule('linked returns the accounts with credentials in pages, ordered by id', async (subject) => {
    for (const name of ['b', 'B', 'a_', 'a', 'a-', '9']) {
      await (await writerOf(subject, name)).write({ credentials: bytes(name) });
    }
    await (await writerOf(subject, 'keys-only')).write({ keys: [key('a', bytes('1'))] });
    const { store } = subject;
    assert.deepEqual(await store.linked({ after: null, limit: 4 }), ids('9', 'B', 'a', 'a-'));
    assert.deepEqual(await store.linked({ after: id('a-'), limit: 4 }), ids('a_', 'b'));
    assert.deepEqual(await store.linked({ after: id('C'), limit: 1 }), ids('a'));
    assert.deepEqual(await store.linked({ after: id('b'), limit: 4 }), []);
  }),
];
