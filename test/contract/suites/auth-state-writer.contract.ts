import assert from 'node:assert/strict';
import { AttemptOver } from '../../../src/whatsapp/domain/errors.js';
import type { AuthStateWriter } from '../../../src/whatsapp/ports/auth-state.store.js';
import { type Rule, rule } from '../rule.js';
import {
  accepted,
  bytes,
  hex,
  hexOf,
  holdOf,
  id,
  type StorageSubject,
  writerOf,
} from '../storage-subject.js';

/** Rules about writers: which one may write, when, and in which order. */
export const authStateWriterRules: readonly Rule<StorageSubject>[] = [
  rule('writes take effect in the order of the calls', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const writes = Array.from({ length: 50 }, (_, index) =>
      writer.write({
        credentials: bytes(`credentials ${index}`),
        keys: [{ type: 'session', id: 'a', value: index % 2 === 0 ? null : bytes(`key ${index}`) }],
      }),
    );
    await Promise.all(writes);
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('credentials 49')));
    assert.deepEqual(hexOf(await writer.read('session', ['a'])), { a: hex(bytes('key 49')) });
  }),

  rule('a read sees the writes that were called before it', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const write = writer.write({ keys: [{ type: 'session', id: 'a', value: bytes('1') }] });
    const [found] = await Promise.all([writer.read('session', ['a']), write]);
    assert.deepEqual(hexOf(found), { a: hex(bytes('1')) });
  }),

  rule('a closed writer rejects everything with AttemptOver and changes nothing', async (subject) => {
    for (const mode of ['drain', 'drop'] as const) {
      const writer = await writerOf(subject, mode);
      await writer.write({ ...accepted('before'), keys: [{ type: 'session', id: 'a', value: bytes('1') }] });
      await writer.close(mode);
      await rejectsEverything(writer);
      const reader = await writerOf(subject, mode);
      assert.equal(hex(await subject.store.load(id(mode))), hex(bytes('before')));
      assert.notEqual(await subject.config.find(id(mode)), null);
      assert.deepEqual(hexOf(await reader.read('session', ['a'])), { a: hex(bytes('1')) });
    }
  }),

  rule('closing with drain finishes the writes that were called before', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const writes = Promise.allSettled(
      ['1', '2', '3'].map((text) => writer.write({ credentials: bytes(text) })),
    );
    await writer.close('drain');
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('3')));
    for (const { status } of await writes) assert.equal(status, 'fulfilled');
  }),

  rule('after closing with drop every write is either done or rejected', async (subject) => {
    const writer = await writerOf(subject, 'sales');
    const names = ['1', '2', '3', '4', '5'];
    const writes = names.map((name) =>
      writer.write({ keys: [{ type: 'session', id: name, value: bytes(name) }] }).then(
        () => name,
        (error: unknown) => {
          assert.ok(error instanceof AttemptOver);
          return null;
        },
      ),
    );
    await writer.close('drop');
    const done = (await Promise.all(writes)).filter((name) => name !== null);
    const reader = await writerOf(subject, 'sales');
    assert.deepEqual([...(await reader.read('session', names)).keys()], done);
  }),

  rule('a writer can be closed again, and closing an old writer keeps the new one open', async (subject) => {
    const old = await writerOf(subject, 'sales');
    await old.close('drain');
    const next = await writerOf(subject, 'sales');
    await old.close('drop');
    await old.close('drain');
    await next.write({ credentials: bytes('next') });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('next')));
  }),

  rule('a second writer of a lease ends the first', async (subject) => {
    const lease = holdOf('sales');
    const first = await subject.store.open(lease);
    const second = await subject.store.open(lease);
    await second.write({ credentials: bytes('second') });
    await rejectsEverything(first);
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('second')));
  }),

  rule('a newer lease ends the writer of the older one, which can open no other writer', async (subject) => {
    const older = holdOf('sales');
    const newer = holdOf('sales');
    const first = await subject.store.open(older);
    const second = await subject.store.open(newer);
    await rejectsEverything(first);
    await assert.rejects(subject.store.open(older), AttemptOver);
    await second.write({ credentials: bytes('second') });
    await second.close('drain');
    await assert.rejects(subject.store.open(older), AttemptOver);
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('second')));
  }),

  rule('a writer of a lost lease rejects everything', async (subject) => {
    const lost = new AbortController();
    const lease = holdOf('sales', lost.signal);
    const writer = await subject.store.open(lease);
    await writer.write({ credentials: bytes('before') });
    lost.abort();
    await rejectsEverything(writer);
    await assert.rejects(subject.store.open(lease), AttemptOver);
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('before')));
  }),

  rule('closing a writer does not affect writers of other accounts', async (subject) => {
    const sales = await writerOf(subject, 'sales');
    const support = await writerOf(subject, 'support');
    await support.close('drain');
    await sales.write({ credentials: bytes('sales') });
    assert.equal(hex(await subject.store.load(id('sales'))), hex(bytes('sales')));
  }),
];

async function rejectsEverything(writer: AuthStateWriter): Promise<void> {
  const change = { credentials: bytes('late'), keys: [{ type: 'session', id: 'a', value: bytes('late') }] };
  await assert.rejects(writer.write(change), AttemptOver);
  await assert.rejects(writer.read('session', ['a']), AttemptOver);
  await assert.rejects(writer.erase(), AttemptOver);
}
