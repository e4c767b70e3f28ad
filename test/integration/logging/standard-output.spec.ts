import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { timeLimitSince } from '../../support/time/time-limit.js';
import { LoggingProcess, type OutputKind } from './logging-process.js';

/** About 4 MiB: more than the queue of the process and all buffers on the way hold. */
const TOO_MANY_LINES = 4_000;
const UNREAD: readonly OutputKind[] = ['pipe', 'socket', 'terminal'];
const FULL_FILE = 'file that is full at 300 KiB or more';

let directory: string;
let logging: LoggingProcess;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'whatsapp-log-'));
});
afterEach(async () => {
  logging.kill();
  await rm(directory, { recursive: true });
});

async function start(kind: OutputKind, lines: number): Promise<void> {
  logging = LoggingProcess.start(kind, directory, lines);
  await logging.hasLogged();
}

async function readUntil(text: string): Promise<void> {
  await eventually(
    () => logging.output.includes(text),
    10_000,
    () => logging.output.slice(-1_000),
  );
}

/** Returns the numbers of the logged lines, and how many lines the process reported as dropped. */
function counted(log: string): { readonly numbers: readonly number[]; readonly dropped: number } {
  const messages = log
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  const report = messages.find((message) => message.includes('were dropped')) ?? '';
  const numbers = messages.filter((message) => message.includes('x x')).map((message) => parseInt(message));
  return { numbers, dropped: parseInt(report) };
}

function expectAllCounted(log: string): void {
  const { numbers, dropped } = counted(log);
  expect(numbers).toEqual(numbers.map((_, index) => index));
  expect(dropped).toBeGreaterThan(0);
  expect(numbers.length + dropped).toBe(TOO_MANY_LINES);
}

async function expectEndWithin(idleMs: number): Promise<void> {
  const since = performance.now();
  const tookMs = await logging.end();
  expect(tookMs).toBeLessThan(timeLimitSince(since, idleMs));
}

describe('the log on standard output', () => {
  it.each(UNREAD)(
    'a process that logs 4 MiB to an unread %s continues, and reports the dropped lines once the lines are read',
    async (kind) => {
      await start(kind, TOO_MANY_LINES);
      logging.read();
      await readUntil('were dropped');
      await logging.end();
      await readUntil('"last"}');
      expectAllCounted(logging.output);
    },
  );

  it.each(UNREAD)('a process whose log goes to an unread %s exits after about a second', async (kind) => {
    await start(kind, TOO_MANY_LINES);
    await expectEndWithin(2_500);
  });

  it.each(UNREAD)('a %s that is read receives all lines before the process has exited', async (kind) => {
    await start(kind, 200);
    logging.read();
    await logging.end();
    await readUntil('"last"}');
    expect(counted(logging.output).numbers).toHaveLength(200);
  });

  it('a process whose log fills the disk continues, and reports the dropped lines once there is room', async () => {
    await start(FULL_FILE, TOO_MANY_LINES);
    const { size: limit } = await stat(logging.logFile);
    let log = '';
    await eventually(
      async () => {
        // At the limit the process cannot write, so no line is lost between the two calls.
        if ((await stat(logging.logFile)).size === limit) {
          log += await readFile(logging.logFile, 'utf8');
          await truncate(logging.logFile);
        }
        return (await readFile(logging.logFile, 'utf8')).includes('were dropped');
      },
      10_000,
      () => log.slice(-1_000),
    );
    expectAllCounted(log + (await readFile(logging.logFile, 'utf8')));
  });

  it('a process whose log fills the disk exits at once', async () => {
    await start(FULL_FILE, TOO_MANY_LINES);
    await expectEndWithin(900);
  });
});
