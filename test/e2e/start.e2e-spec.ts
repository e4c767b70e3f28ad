import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../src/security/secret.js';
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

interface Start {
  readonly environment?: Record<string, string>;
  readonly nodeArgs?: readonly string[];
  /** A file to write standard output to. */
  readonly stdout?: number;
  readonly stdin?: 'pipe';
}

function start(file: string, { environment = {}, nodeArgs = [], stdout, stdin }: Start = {}): Program {
  const child = spawn(process.execPath, [...nodeArgs, file], {
    stdio: [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: '0', WHATSAPP_DATA_DIR: join(dataDir, 'data'), ...environment },
  });
  // Not `exit`: the last lines may come after it.
  const exit = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  const program: Program = { child, exit, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (program.output += chunk.toString()));
  }
  running.add(program);
  void exit.then(() => running.delete(program));
  return program;
}

const MAIN = 'dist/src/main.js';
const PRODUCTION = { NODE_ENV: 'production' };

/** Every line of the log, each of which is one JSON object. */
function records({ output }: Program): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Makes the process run this when it gets SIGUSR2. */
function onUsr2(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2',()=>{${code}})`)}`];
}

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
  it('says in one line where the page and Swagger are, and answers there', async () => {
    const program = start(MAIN);
    const url = await ready(program);
    const [note, line, ...more] = program.output.trim().split('\n');
    expect(note).toContain('The store is not encrypted');
    expect(line).toContain(`Open ${url} to link an account`);
    expect(more).toEqual([]);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toContain('<title>Link WhatsApp</title>');
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
    const environment = { PORT: 'http', LOG_LEVEL: 'loud', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const program = start(MAIN, { environment: { ...environment, HOST: 'no host' } });
    expect(await program.exit).toBe(1);
    expect(program.output).toContain('PORT holds "http"; it accepts');
    expect(program.output).toContain('LOG_LEVEL holds "loud"; it accepts');
    expect(program.output).toContain('HOST holds "no host"; it accepts an IP address or a host name');
    expect(program.output).toContain('NODE_TLS_REJECT_UNAUTHORIZED holds "0"');
    expect(program.output).not.toContain('    at ');
  });

  it('listens beyond this machine only with a key, or where somebody insists, which is said', async () => {
    const everywhere = { HOST: '0.0.0.0', WHATSAPP_VERSION_REFRESH: 'off' };
    const refused = start(MAIN, { environment: everywhere });
    expect(await refused.exit).toBe(1);
    expect(refused.output).toContain('there is no API key: everybody could link and unlink accounts');
    expect(refused.output).toContain('npm run keys -- create NAME');
    expect(refused.output).not.toContain('    at ');
    await expect(stat(join(dataDir, 'data/whatsapp.sqlite-wal'))).rejects.toThrow('ENOENT');

    const { text, hash } = makeSecret('wak');
    const keyed = start(MAIN, { environment: { ...everywhere, WHATSAPP_API_KEYS: `ops:${hash}` } });
    const accounts = `${await ready(keyed)}/api/whatsapp/accounts`.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(accounts)).status).toBe(401);
    expect((await fetch(accounts, { headers: { 'x-api-key': text } })).status).toBe(200);
    keyed.child.kill('SIGTERM');
    expect(await keyed.exit).toBe(0);

    const insisting = start(MAIN, { environment: { ...everywhere, WHATSAPP_ALLOW_ANONYMOUS: 'true' } });
    await ready(insisting);
    expect(insisting.output).toMatch(/WARN.*Nobody has to prove who they are/);
    insisting.child.kill('SIGTERM');
    expect(await insisting.exit).toBe(0);
  });

  it('says plainly that the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const program = start(MAIN, {
      environment: { PORT: String((taken.address() as AddressInfo).port), ...PRODUCTION },
    });
    expect(await program.exit).toBe(1);
    expect(records(program)).toMatchObject([
      { level: 'info', msg: expect.stringContaining('The store is not encrypted') as unknown },
      { level: 'fatal', msg: expect.stringContaining('another program listens on') as unknown },
    ]);
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

describe('the log in production', () => {
  it('is JSON from the first line to the last', async () => {
    const program = start(MAIN, { environment: { ...PRODUCTION, LOG_LEVEL: 'debug' } });
    await ready(program);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    const told = records(program);
    for (const { time, level, context, msg } of told) {
      expect([new Date(String(time)).toISOString(), typeof level, typeof context, typeof msg]).toEqual([
        time,
        'string',
        'string',
        'string',
      ]);
    }
    const service = told.filter(({ context }) => context === 'Service').map(({ msg }) => String(msg));
    expect(service).toEqual([
      expect.stringContaining('Ready.'),
      expect.stringContaining('SIGTERM: shutting down'),
      expect.stringMatching(/^Shut down in \d+ ms/),
    ]);
  });

  it('has what a library prints to the console', async () => {
    const program = start(MAIN, {
      environment: { ...PRODUCTION, LOG_LEVEL: 'debug' },
      nodeArgs: onUsr2(`console.error('Session error:%s', 'Bad MAC')`),
    });
    await ready(program);
    program.child.kill('SIGUSR2');
    await eventually(
      () => program.output.includes('Bad MAC'),
      5_000,
      () => program.output,
    );
    expect(records(program)).toContainEqual(
      expect.objectContaining({ level: 'debug', context: 'Console', msg: 'Session error:Bad MAC' }),
    );
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });

  it.each([
    ['uncaughtException', `throw new RangeError('a fault')`],
    ['unhandledRejection', `void Promise.reject(new RangeError('a fault'))`],
  ])('has an %s with its stack in one line, and the exit code is 1', async (origin, code) => {
    const program = start(MAIN, { environment: PRODUCTION, nodeArgs: onUsr2(code) });
    await ready(program);
    program.child.kill('SIGUSR2');
    expect(await program.exit).toBe(1);
    expect(records(program).at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining(origin) as unknown,
      err: { type: 'RangeError', message: 'a fault', stack: expect.stringContaining(' at ') as unknown },
    });
  });

  it('does not end the service when it cannot be written', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const full = await open('/dev/full', 'w');
    const program = start(MAIN, {
      environment: { ...PRODUCTION, LOG_LEVEL: 'debug', PORT: String(port) },
      stdout: full.fd,
    });
    const health = (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ status }) => status,
        () => 0,
      );
    await eventually(
      async () => (await health()) === 200,
      10_000,
      () => program.output,
    );
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    await full.close();
  });
});

describe('npm run demo', () => {
  it('leads to the page, and Enter scans what is asked for there, or types it, without a phone or a network', async () => {
    // What a shell may have set for the real service does not reach the demo.
    const environment = { ...PRODUCTION, NODE_TLS_REJECT_UNAUTHORIZED: '0', WHATSAPP_DEVICE_NAME: '!' };
    const program = start('dist/simulator/demo/demo.js', { stdin: 'pipe', environment });
    await eventually(
      () => /Open {2}http/.test(program.output),
      10_000,
      () => program.output,
    );
    const [url = ''] = /http:\/\/[\d.]+:\d+/.exec(program.output) ?? [];
    const api = `${url}/api/whatsapp`;
    const says = (text: string): Promise<void> =>
      eventually(
        () => program.output.includes(text),
        10_000,
        () => program.output,
      );
    const post = (body: Record<string, string>) =>
      fetch(`${api}/pair`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const connected = (accountId: string, phone: string): Promise<void> =>
      eventually(
        async () =>
          (await (await fetch(`${api}/status?accountId=${accountId}`)).text()).includes(`"${phone}"`),
        10_000,
        () => `${accountId} is not connected as ${phone}`,
      );
    expect(await (await fetch(url)).text()).toContain('<title>Link WhatsApp</title>');
    program.child.stdin?.write('\n');
    await says('There is no code on the page');
    await post({ accountId: 'sales' });
    await fetch(`${api}/pair/qr?accountId=sales&waitMs=10000`);
    program.child.stdin?.write('\n');
    await says('The phone has scanned the code of “sales”, and shows a new linked device');
    await connected('sales', '4915112345678');
    await post({ accountId: 'support', phoneNumber: '+4915187654321' });
    program.child.stdin?.write('\n');
    await says('The phone has typed the code of “support”, and shows a new linked device');
    await connected('support', '4915187654321');
    program.child.stdin?.end();
    expect(await program.exit).toBe(0);
    expect(program.output).toContain('Done.');
  });
});
