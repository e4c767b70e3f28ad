import { once } from 'node:events';
import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import { eventually } from '../../support/eventually.js';
import type { Program } from '../../support/processes/program.js';
import { addressOf, Programs } from '../../support/processes/programs.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

const MAIN = 'dist/service/main.js';
const PRODUCTION = { NODE_ENV: 'production' };
const EVERYWHERE = { HOST: '0.0.0.0', WHATSAPP_VERSION_REFRESH: 'off' };

let programs: Programs;
let sameDirectory: Programs;
let first: Program;
/** Waits for the data directory of the first process. The last test of this file checks how it ended. */
let second: Program;
let url: string;

beforeAll(async () => {
  programs = await Programs.create();
  sameDirectory = await Programs.create();
  first = sameDirectory.start(MAIN);
  url = await addressOf(first);
  second = sameDirectory.start(MAIN);
});
afterAll(async () => {
  await programs.close();
  await sameDirectory.close();
});

/** Prints the address of the service on standard error, for a test that cannot read its log. */
const PRINTS_ADDRESS = `
  import { subscribe } from 'node:diagnostics_channel';
  subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => {
    const { port } = server.address();
    if (port) process.stderr.write('http://127.0.0.1:' + port + '/docs');
  });
`;

/** Returns arguments for Node: the process runs the code before the service. */
function nodeRuns(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** Returns arguments for Node: the process runs the code when it receives SIGUSR2. */
function onUsr2(code: string): string[] {
  return nodeRuns(`process.on('SIGUSR2',()=>{${code}})`);
}

describe('npm start', () => {
  it('the service prints the addresses of the page and of Swagger in one line, and answers there', async () => {
    const [note, line, ...more] = first.output.trim().split('\n');
    expect(note).toContain('The store is not encrypted');
    expect(line).toContain(`Open ${url} to link an account`);
    expect(more).toEqual([]);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toContain('<title>Link WhatsApp</title>');
  });

  it('only the owner can read the store: directory 0700, file 0600', async () => {
    const modes = await Promise.all(
      ['', 'whatsapp.sqlite', 'whatsapp.sqlite-wal'].map(
        async (name) => (await stat(join(sameDirectory.dataDir, name))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it('the service prints every fault of the configuration in one message and ends', async () => {
    const environment = { PORT: 'http', HOST: 'no host', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const program = programs.start(MAIN, { environment });
    expect(await program.exit()).toBe(1);
    expect(program.output).toContain('PORT holds "http"; it accepts');
    expect(program.output).toContain('HOST holds "no host"; it accepts an IP address or a host name');
    expect(program.output).toContain('NODE_TLS_REJECT_UNAUTHORIZED holds "0"');
    expect(program.output).not.toContain('    at ');
  });

  it('the service listens on addresses beyond this machine only with an API key', async () => {
    const refused = programs.start(MAIN, { environment: EVERYWHERE });
    expect(await refused.exit()).toBe(1);
    expect(refused.output).toContain('there is no API key: every client could link and unlink accounts');
    expect(refused.output).toContain('npm run keys -- create NAME');
    expect(refused.output).not.toContain('    at ');
    await expect(stat(join(programs.dataDir, 'whatsapp.sqlite-wal'))).rejects.toThrow('ENOENT');

    const { text, hash } = makeSecret('wak');
    const environment = { ...EVERYWHERE, WHATSAPP_API_KEYS: `ops:${hash}` };
    const keyed = programs.start(MAIN, { environment });
    const accounts = `${await addressOf(keyed)}/api/whatsapp/accounts`.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(accounts)).status).toBe(401);
    expect((await fetch(accounts, { headers: { 'x-api-key': text } })).status).toBe(200);
    expect(await keyed.stop()).toBe(0);
  });

  it('the service prints that the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const program = programs.start(MAIN, { environment: { PORT: String(port), ...PRODUCTION } });
    expect(await program.exit()).toBe(1);
    expect(program.records()).toMatchObject([
      { level: 'info', msg: expect.stringContaining('The store is not encrypted') as unknown },
      { level: 'fatal', msg: expect.stringContaining('another program listens on') as unknown },
    ]);
    expect(program.output).not.toContain('    at ');
    taken.close();
  });
});

describe('the log in production', () => {
  it('every line of the log is JSON, also warnings and console output of libraries', async () => {
    const program = programs.start(MAIN, {
      environment: { ...PRODUCTION, ...EVERYWHERE, WHATSAPP_ALLOW_ANONYMOUS: 'true', LOG_LEVEL: 'debug' },
      nodeArgs: onUsr2(`console.error('Session error:%s', 'Bad MAC')`),
    });
    await addressOf(program);
    program.signal('SIGUSR2');
    await program.says('Bad MAC');
    expect(await program.stop()).toBe(0);
    const records = program.records();
    for (const { time, level, context, msg } of records) {
      expect([new Date(String(time)).toISOString(), typeof level, typeof context, typeof msg]).toEqual([
        time,
        'string',
        'string',
        'string',
      ]);
    }
    const service = records.filter(({ context }) => context === 'Service').map(({ msg }) => String(msg));
    expect(service).toEqual([
      expect.stringContaining('Ready.'),
      expect.stringContaining('SIGTERM: shutting down'),
      expect.stringMatching(/^Shut down in \d+ ms/),
    ]);
    expect(records).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringContaining('Anonymous calls are permitted') as unknown,
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ level: 'debug', context: 'Console', msg: 'Session error:Bad MAC' }),
    );
  });

  it.each([
    ['uncaughtException', `throw new RangeError('a fault')`],
    ['unhandledRejection', `void Promise.reject(new RangeError('a fault'))`],
  ])('an %s is logged with its stack in one line, and the exit code is 1', async (origin, code) => {
    const program = programs.start(MAIN, { environment: PRODUCTION, nodeArgs: onUsr2(code) });
    await addressOf(program);
    expect(await program.stop('SIGUSR2')).toBe(1);
    expect(program.records().at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining(origin) as unknown,
      err: { type: 'RangeError', message: 'a fault', stack: expect.stringContaining(' at ') as unknown },
    });
  });

  it('a log that cannot be written does not end the service', async () => {
    const full = await open('/dev/full', 'w');
    const program = programs.start(MAIN, {
      environment: { ...PRODUCTION, LOG_LEVEL: 'debug' },
      nodeArgs: nodeRuns(PRINTS_ADDRESS),
      stdout: full.fd,
    });
    const address = await addressOf(program);
    await eventually(
      async () => (await fetch(`${address}/health/ready`)).status === 200,
      10_000,
      () => program.output,
    );
    expect(await program.stop()).toBe(0);
    await full.close();
  });
});

describe('npm run demo', () => {
  it('the demo shows the page, and Enter scans or types its code without a phone or a network', async () => {
    // The demo must ignore variables that a shell may have set for the real service.
    const environment = { ...PRODUCTION, NODE_TLS_REJECT_UNAUTHORIZED: '0', WHATSAPP_DEVICE_NAME: '!' };
    const program = programs.start('dist/simulator/demo/demo.js', { stdin: 'pipe', environment });
    await program.says(/Open {2}http/);
    const [url = ''] = /http:\/\/[\d.]+:\d+/.exec(program.output) ?? [];
    const api = `${url}/api/whatsapp`;
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
    program.write('\n');
    await program.says('The page shows no code');
    await post({ accountId: 'sales' });
    await fetch(`${api}/pair/qr?accountId=sales&waitMs=${CODE_WAIT_MS}`);
    program.write('\n');
    await program.says('The phone scanned the code of “sales” and linked the device');
    await connected('sales', '4915112345678');
    await post({ accountId: 'support', phoneNumber: '+4915187654321' });
    program.write('\n');
    await program.says('The phone typed the code of “support” and linked the device');
    await connected('support', '4915187654321');
    program.endInput();
    expect(await program.exit()).toBe(0);
    expect(program.output).toContain('Done.');
  });
});

describe('a data directory', () => {
  it('a data directory in use is refused, and a new process waits for one that shuts down', async () => {
    expect(await second.exit()).toBe(1);
    expect(second.output).toContain('another process uses this data directory');
    expect(second.output).not.toContain('    at ');
    const third = sameDirectory.start(MAIN);
    expect(await first.stop('SIGTERM')).toBe(0);
    await addressOf(third);
    expect(await third.stop('SIGINT')).toBe(0);
  });
});
