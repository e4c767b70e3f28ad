import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteConfigRepository } from '../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { StoreInUse } from '../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { SCHEMA_VERSION } from '../../../src/storage/sqlite/database/sqlite-schema.js';
import type { FullLog } from './programs/full-log.program.js';
import { readGeneration } from './generation.js';
import type { OpenAndClose } from './programs/open-and-close.program.js';
import { startProgram } from './programs/programs.js';
import type { Program } from '../../support/processes/program.js';
import { timeLimit } from '../../support/time/time-limit.js';

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  await rm(dataDirectory, { recursive: true });
});

const children: Program[] = [];

function start(name: string, ...args: string[]): Program {
  const child = startProgram(name, [dataDirectory, ...args]);
  children.push(child);
  return child;
}

const KILLS = 10;

describe('the store and several processes', () => {
  it('the store goes from one process to another 50 times, at once after each close', async () => {
    const turns = [start('open-and-close'), start('open-and-close')] as const;
    for (let turn = 0; turn < 25; turn++) {
      for (const child of turns)
        expect(await child.ask({ rounds: 1, lockWaitMs: 0 } satisfies OpenAndClose)).toBe('done');
    }
    expect(await rounds()).toBe('50');
  });

  it('each of three processes that open the store at the same time gets it', async () => {
    const atOnce = ['1', '2', '3'].map(() => start('open-and-close'));
    const question = { rounds: 10, lockWaitMs: timeLimit(20_000) } satisfies OpenAndClose;
    expect(await Promise.all(atOnce.map((child) => child.ask(question)))).toEqual(['done', 'done', 'done']);
    expect(await rounds()).toBe('30');
  });

  it('waiting processes get the store once its last reader has ended, also after a crash', async () => {
    const crashed = start('continuous-writing', '1');
    await nthLine(crashed, 1);
    await crashed.kill();
    const reader = start('reading');
    await nthLine(reader, 1);
    const two = [start('open-and-close'), start('open-and-close')];
    const question = { rounds: 1, lockWaitMs: timeLimit(10_000) } satisfies OpenAndClose;
    const waiting = Promise.all(two.map((child) => child.ask(question)));
    // Long enough for both processes to try. A process that did not release its read lock would block the other.
    await expect(SqliteDatabase.open({ dataDirectory, lockWaitMs: timeLimit(1_000) })).rejects.toThrow(
      StoreInUse,
    );
    reader.signal('SIGKILL');
    expect(await waiting).toEqual(['done', 'done']);
  });

  it('the store is refused while another process has it, and opens once that process has ended', async () => {
    const child = start('continuous-writing', '1');
    await nthLine(child, 1);
    await expect(SqliteDatabase.open({ dataDirectory, lockWaitMs: 100 })).rejects.toThrow(StoreInUse);
    const waiting = SqliteDatabase.open({ dataDirectory });
    child.signal('SIGKILL');
    await (await waiting).close();
  });

  it(`no acknowledged write is lost and none is torn when the writing process is killed ${KILLS} times`, async () => {
    let next = 1;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start('continuous-writing', String(next));
      const acknowledged = await killAfter(child, 5 + Math.floor(Math.random() * 200));
      const found = await readGeneration(dataDirectory);
      expect(found).toBeGreaterThanOrEqual(acknowledged);
      expect(found).toBeLessThanOrEqual(acknowledged + 1);
      next = found + 1;
    }
  });

  it(`the store opens complete and in its version after ${KILLS} kills of a process that was creating it`, async () => {
    const opening = start('first-start');
    await opening.ready();
    const began = performance.now();
    expect(await opening.ask('open')).toBe('open');
    const openingMs = performance.now() - began;
    await opening.kill();
    for (let kill = 0; kill < KILLS; kill++) {
      await rm(dataDirectory, { recursive: true });
      const child = start('first-start');
      await child.ready();
      const opened = child.ask('open').catch(() => undefined);
      await delay(Math.random() * openingMs);
      await child.kill();
      await opened;
      const database = await SqliteDatabase.open({ dataDirectory, lockWaitMs: 0 });
      expect(database.get('PRAGMA user_version')).toEqual({ user_version: SCHEMA_VERSION });
      expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      await new SqliteConfigRepository(database).saveSetting('a', 'b');
      await database.close();
    }
  });

  it('the store keeps its data when the disk refuses a write, and accepts the next write that fits', async () => {
    expect(await limited('full-disk')).toEqual([
      'done first first',
      'StorageFailed first first',
      'StorageFailed first first',
      'done fourth fourth',
      'done',
    ]);
  });

  it('a log that cannot grow gets room: after one refusal writes succeed, and an erasure is never refused', async () => {
    const { savedBetween, ...rest } = (await limited('full-log')) as FullLog;
    expect(savedBetween).toBeGreaterThan(30);
    expect(rest).toEqual({ refusedInARow: 1, erased: 'done', kept: true });
  });

  it('the store survives that its directory becomes read-only, and opens again once it is writable', async () => {
    await chmod(dataDirectory, 0o777);
    const written = ['done', 'done', 'done', 'done', 'done', 'while'];
    // The log cannot be removed at the end. The next start reads its content.
    expect(await printed('read-only-directory', 'under')).toEqual([...written, 'StorageFailed']);
    const refused = 'StoreNotOpened';
    const outcomes = ['done', 'while', 'done', refused, 'done', 'done', 'after', 'done'];
    expect(await printed('read-only-directory', 'before')).toEqual(outcomes);
  });
});

/** Runs a program to its end. @returns its output, parsed as JSON */
async function printed(name: string, ...args: string[]): Promise<unknown> {
  return printedBy(start(name, ...args));
}

/** As `printed`, with a limit for file sizes of 600 blocks (300 or 600 KiB). */
async function limited(name: string): Promise<unknown> {
  return printedBy(startProgram(name, [dataDirectory], { fileLimitBlocks: 600 }));
}

async function printedBy(program: Program): Promise<unknown> {
  await program.exit();
  return JSON.parse(program.lines[0] ?? '');
}

async function rounds(): Promise<unknown> {
  const database = await SqliteDatabase.open({ dataDirectory });
  const row = database.get('SELECT value FROM setting');
  await database.close();
  return row?.['value'];
}

async function nthLine(child: Program, count: number): Promise<void> {
  await child.until(() => child.lines[count - 1]);
}

/** Kills the process after this number of acknowledged writes. @returns the number of the last acknowledged write */
async function killAfter(child: Program, writes: number): Promise<number> {
  await nthLine(child, writes);
  await child.kill();
  return Number(child.lines.at(-1));
}
