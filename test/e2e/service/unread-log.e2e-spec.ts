import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Program } from '../../support/processes/program.js';
import { addressOf, Programs } from '../../support/processes/programs.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

/**
 * On SIGUSR2 the service logs 4 MiB, which is more than its queue and all buffers on the way hold, and reports it on
 * standard error. On SIGUSR1 it throws.
 */
const FAULTS = `
  process.on('SIGUSR2', () => {
    for (let line = 0; line < 4000; line++) console.log(line + ' x'.repeat(512));
    process.stderr.write('4 MiB logged');
  });
  process.on('SIGUSR1', () => { throw new Error('a fault') });
`;

let programs: Programs;
let program: Program;
let url: string;

beforeAll(async () => {
  programs = await Programs.create();
});
afterAll(() => programs.close());

beforeEach(async () => {
  program = programs.start('dist/service/main.js', {
    environment: { NODE_ENV: 'production', LOG_LEVEL: 'debug', WHATSAPP_VERSION_REFRESH: 'off' },
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(FAULTS)}`],
  });
  url = await addressOf(program);
});

async function logWithoutReader(): Promise<void> {
  program.pauseOutput();
  program.signal('SIGUSR2');
  await program.says('4 MiB logged');
}

async function expectAnswers(): Promise<void> {
  const paths = ['/health/live', '/health/ready', '/api/whatsapp/status', '/api/whatsapp/accounts'];
  const signal = AbortSignal.timeout(timeLimit(5_000));
  const answers = await Promise.all(paths.map((path) => fetch(url + path, { signal })));
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
}

describe('the service while its log is not read', () => {
  it('the service answers health checks and requests, and reports the dropped lines once the log is read', async () => {
    await logWithoutReader();
    await expectAnswers();
    program.resumeOutput();
    await program.says('were dropped');
    await expectAnswers();
    expect(await program.stop()).toBe(0);
    const records = program.output
      .replace('4 MiB logged', '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; context: string; msg: string });
    const report = records.find(({ context }) => context === 'Log');
    expect(report?.level).toBe('error');
    const written = records.filter(({ msg }) => msg.includes('x x')).length;
    expect(written + parseInt(report?.msg ?? '')).toBeGreaterThanOrEqual(4_000);
    expect(records.at(-1)?.msg).toMatch(/^Shut down/);
  });

  it.each([
    ['SIGTERM', 0],
    ['SIGUSR1', 1],
  ] as const)('the service exits about a second after %s, with code %d', async (signal, code) => {
    await logWithoutReader();
    const began = performance.now();
    expect(await program.endBy(signal)).toBe(code);
    expect(performance.now() - began).toBeLessThan(timeLimitSince(began, 2_500));
  });

  it('the service continues when the reader of its log has closed the pipe', async () => {
    program.closeOutput();
    program.signal('SIGUSR2');
    await program.says('4 MiB logged');
    await expectAnswers();
    expect(await program.endBy('SIGTERM')).toBe(0);
  });
});

describe('the service while its log is read', () => {
  it('the last line before an exit reaches the reader', async () => {
    await program.endBy('SIGUSR1');
    await program.exit();
    expect(program.records().at(-1)).toMatchObject({ level: 'fatal', err: { message: 'a fault' } });
  });
});
