import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';

let dataDir: string;
const running = new Set<Program>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'start-'));
});
afterAll(async () => {
  for (const program of running) program.child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

interface Program {
  readonly child: ReturnType<typeof spawn>;
  readonly exit: Promise<number | null>;
  output: string;
}

function start(file: string, environment: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], PORT: '0', WHATSAPP_DATA_DIR: join(dataDir, 'data'), ...environment },
  });
  const exit = once(child, 'exit').then(([code]: unknown[]) => code as number | null);
  const program: Program = { child, exit, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (program.output += chunk.toString()));
  }
  running.add(program);
  void exit.then(() => running.delete(program));
  return program;
}

const MAIN = 'dist/src/main.js';

async function ready(program: Program): Promise<string> {
  const address = /http:\/\/[\d.]+:\d+(?=\/docs)/;
  await eventually(
    () => address.test(program.output),
    10_000,
    () => program.output,
  );
  return address.exec(program.output)?.[0] ?? '';
}

describe('npm start', () => {
  it('says in one line where Swagger is and what to do next, and answers there', async () => {
    const program = start(MAIN);
    const url = await ready(program);
    expect(program.output.trim().split('\n')).toHaveLength(1);
    expect(program.output).toContain('POST /api/whatsapp/pair');
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toBe('/docs');
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });

  it('keeps its store for itself: directory 0700, file 0600', async () => {
    const program = start(MAIN);
    await ready(program);
    const modes = await Promise.all(
      ['data', 'data/whatsapp.sqlite', 'data/whatsapp.sqlite-wal'].map(
        async (name) => (await stat(join(dataDir, name))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    program.child.kill('SIGINT');
    expect(await program.exit).toBe(0);
  });

  it('names every fault of the configuration in one message and ends', async () => {
    const program = start(MAIN, { PORT: 'http', LOG_LEVEL: 'loud', HOST: '0.0.0.0' });
    expect(await program.exit).toBe(1);
    expect(program.output).toContain('PORT holds "http"; it accepts');
    expect(program.output).toContain('LOG_LEVEL holds "loud"; it accepts');
    expect(program.output).toContain('HOST holds "0.0.0.0"; it accepts a loopback address');
    expect(program.output).not.toContain('    at ');
  });

  it('does not listen beyond this machine unless somebody insists', async () => {
    const program = start(MAIN, { HOST: '0.0.0.0' });
    expect(await program.exit).toBe(1);
    expect(program.output).toContain('WHATSAPP_ALLOW_ANONYMOUS=true insists');
  });

  it('says plainly that the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const program = start(MAIN, { PORT: String((taken.address() as AddressInfo).port) });
    expect(await program.exit).toBe(1);
    expect(program.output).toContain('another program listens on');
    expect(program.output).not.toContain('    at ');
    taken.close();
  });

  it('waits for a service that is shutting down, and refuses a directory that stays in use', async () => {
    const first = start(MAIN);
    await ready(first);
    const second = start(MAIN);
    expect(await second.exit).toBe(1);
    expect(second.output).toContain('another process uses this data directory');
    expect(second.output).not.toContain('    at ');
    const third = start(MAIN);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    await ready(third);
    third.child.kill('SIGTERM');
    expect(await third.exit).toBe(0);
  });
});

describe('npm run demo', () => {
  it('links an account and takes it down again in less than 15 s, without a phone or a network', async () => {
    const started = performance.now();
    const program = start('dist/simulator/demo/demo.js');
    expect(await program.exit).toBe(0);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(program.output).toContain('█');
    expect(program.output).toContain('"status":"connected"');
    expect(program.output).toContain('Nothing is left on the phone.');
  });
});
