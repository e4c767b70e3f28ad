import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ControlClient } from '../../../../src/control-socket/control-client.js';
import { ControlServer } from '../../../../src/control-socket/control-server.js';

const HEAD = 'POST /write HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n';
const MAX_CONNECTIONS = 16;

let dataDirectory: string;
let server: ControlServer;
let client: ControlClient;
/** Bodies that the handler of `/write` has processed. */
let written: string[];
/** Ended requests of `/write`, whether they were carried out or not. */
let ended: number;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'control-'));
  server = new ControlServer();
  client = new ControlClient(dataDirectory);
  [written, ended] = [[], 0];
  server.handle('/write', async (request) => {
    try {
      written.push(await request.body());
      return { status: 200, body: 'done' };
    } finally {
      ended += 1;
    }
  });
  await server.open(dataDirectory);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
  await rm(dataDirectory, { recursive: true });
});

async function connected(): Promise<Socket> {
  const socket = connect(join(dataDirectory, 'store.sock')).on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Waits until the server has finished this number of requests of `/write`. */
async function hasEnded(count: number): Promise<void> {
  while (ended < count) await new Promise(setImmediate);
}

describe('ControlServer', () => {
  it('a command is carried out and gets its answer', async () => {
    expect(await client.request('/write', 'the body')).toBe('done');
    expect(written).toEqual(['the body']);
  });

  it('a command whose client left before the server reads it is not carried out', async () => {
    const socket = await connected();
    socket.write(`${HEAD}Content-Length: 4\r\n\r\n`);
    socket.destroy();
    await hasEnded(1);
    expect(written).toEqual([]);
    expect(await client.request('/write', 'next')).toBe('done');
  });

  it('a command that does not wait until it is accepted is refused', async () => {
    const socket = await connected();
    socket.write(`${HEAD.replace(/Expect.*\r\n/, '')}Content-Length: 4\r\n\r\nbody`);
    expect(await text(socket)).toContain('417');
    expect(written).toEqual([]);
  });

  it('the connection of a body that is too long is closed', async () => {
    const call = client.call('/write');
    expect(await call?.accepted()).toBe(100);
    expect(await call?.send('x'.repeat(65 * 1024))).toBeNull();
    expect(written).toEqual([]);
  });

  it('the connection of a client that is too slow with its body is closed', async () => {
    server.handle('/slow', async (request) => ({ status: 200, body: await request.body(20) }));
    const call = client.call('/slow');
    expect(await call?.accepted()).toBe(100);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await call?.send('late')).toBeNull();
  });

  it('a handler that fails answers 500 and is logged, and the server continues', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    server.handle('/broken', () => Promise.reject(new Error('disk is full')));
    const call = client.call('/broken');
    expect(await call?.accepted()).toBe(500);
    call?.close();
    expect(warn.mock.calls.flat()).toEqual(['Command /broken failed: disk is full']);
    expect(await client.request('/write', 'next')).toBe('done');
  });

  it('connections beyond the limit are closed, and new ones are accepted when others have left', async () => {
    const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, connected));
    expect(await client.request('/write', 'too many')).toBeNull();
    sockets[0]?.destroy();
    await once(sockets[0] as Socket, 'close');
    await new Promise(setImmediate);
    expect(await client.request('/write', 'next')).toBe('done');
    expect(written).toEqual(['next']);
    for (const socket of sockets) socket.destroy();
  });

  it('closing the server closes every connection and waits for running handlers', async () => {
    const steps = new EventEmitter();
    const order: string[] = [];
    const started = once(steps, 'started');
    server.handle('/long', async (request) => {
      await request.body();
      steps.emit('started');
      await once(steps, 'finish');
      order.push('handler');
      return { status: 200, body: '' };
    });
    const idle = await connected();
    const waiting = client.call('/write');
    expect(await waiting?.accepted()).toBe(100);
    const running = client.call('/long');
    expect(await running?.accepted()).toBe(100);
    const answer = running?.send('');
    await started;
    const closing = server.close().then(() => order.push('server'));
    await once(idle.resume(), 'close');
    expect([await answer, await waiting?.send('')]).toEqual([null, null]);
    steps.emit('finish');
    await closing;
    expect([order, written]).toEqual([['handler', 'server'], []]);
  });
});
