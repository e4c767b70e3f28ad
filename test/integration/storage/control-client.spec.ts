import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { requestControl, ControlTimeout } from '../../../src/control-socket/control-client.js';
import { ANSWER_WAIT_MS, ControlConnection, READY } from '../../../src/control-socket/control-connection.js';

let dataDirectory: string;
let server: Server;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'desk-'));
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
});
afterEach(async () => {
  jest.useRealTimers();
  server.close();
  await rm(dataDirectory, { recursive: true });
});

/** What a command is answered by a service that behaves like this. */
async function asking(
  service: (connection: ControlConnection, socket: Socket) => Promise<void>,
): Promise<string | null> {
  server = createServer((socket) => {
    void service(new ControlConnection(socket), socket);
  }).listen(join(dataDirectory, 'store.sock'));
  await once(server, 'listening');
  return requestControl(dataDirectory, 'keys 1', 'the request');
}

const hears = (connection: ControlConnection): Promise<string | null> => connection.hear(2 * ANSWER_WAIT_MS);

describe('a command that asks the running service', () => {
  it('says what about, and what it wants only when it is listened to, and gets the answer', async () => {
    const heard: (string | null)[] = [];
    const answer = await asking(async (connection) => {
      heard.push(await hears(connection));
      connection.say(READY);
      heard.push(await hears(connection));
      connection.say('the answer');
    });
    expect([answer, heard]).toEqual(['the answer', ['keys 1', 'the request']]);
  });

  it('takes one that hangs up before it listens for none', async () => {
    const answer = await asking(async (connection, socket) => {
      await hears(connection);
      socket.destroy();
    });
    expect(answer).toBeNull();
  });

  it('is told of one that does not listen: nothing was changed', async () => {
    const silent = asking(async (connection) => {
      await hears(connection);
      jest.advanceTimersByTime(ANSWER_WAIT_MS);
    });
    await expect(silent).rejects.toThrow(ControlTimeout);
    await expect(silent).rejects.toThrow(/does not answer \(waited 5 s\).*Nothing was changed/);
  });

  it('is told of one that has listened and says no more: who knows what was changed', async () => {
    for (const hangsUp of [false, true]) {
      const silent = asking(async (connection, socket) => {
        await hears(connection);
        connection.say(READY);
        await hears(connection);
        if (hangsUp) socket.destroy();
        else jest.advanceTimersByTime(ANSWER_WAIT_MS);
      });
      await expect(silent).rejects.toThrow(/Whether it has done what was asked, "list" shows/);
      server.close();
    }
  });
});
