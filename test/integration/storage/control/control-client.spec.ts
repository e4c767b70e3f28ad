import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANSWER_WAIT_MS } from '../../../../src/control-socket/control-address.js';
import { ControlTimeout } from '../../../../src/control-socket/control-call.js';
import { ControlClient } from '../../../../src/control-socket/control-client.js';

let dataDirectory: string;
let server: Server;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'control-'));
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
});
afterEach(async () => {
  jest.useRealTimers();
  await close();
  await rm(dataDirectory, { recursive: true });
});

async function close(): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** Returns the answer to a command from a service that behaves like this once the head of the request has arrived. */
async function asking(
  service: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<string | null> {
  server = createServer()
    .on('checkContinue', (request, response) => void service(request, response))
    .listen(join(dataDirectory, 'store.sock'));
  await once(server, 'listening');
  return new ControlClient(dataDirectory).request('/v1/keys', 'the request');
}

describe('ControlClient.request', () => {
  it('a client sends the path first and the body once the service accepts it, and returns the answer', async () => {
    const heard: (string | undefined)[] = [];
    const answer = await asking(async (request, response) => {
      heard.push(request.url);
      const body = text(request);
      // Without waiting for the service, the body would have arrived by now.
      await new Promise(setImmediate);
      expect(request.readableLength).toBe(0);
      response.writeContinue();
      heard.push(await body);
      response.end('the answer');
    });
    expect([answer, heard]).toEqual(['the answer', ['/v1/keys', 'the request']]);
  });

  it('a service that closes the connection before it accepts counts as no service', async () => {
    const answer = await asking(({ socket }) => {
      socket.destroy();
    });
    expect(answer).toBeNull();
  });

  it('a client reports that nothing was changed when the service does not accept', async () => {
    const silent = asking(() => {
      jest.advanceTimersByTime(ANSWER_WAIT_MS);
    });
    await expect(silent).rejects.toThrow(ControlTimeout);
    await expect(silent).rejects.toThrow(/does not answer \(waited 5 s\).*Nothing was changed/);
  });

  it('a client reports an unknown outcome when the service accepted and did not answer', async () => {
    for (const hangsUp of [false, true]) {
      const silent = asking(async (request, response) => {
        response.writeContinue();
        await text(request);
        if (hangsUp) request.socket.destroy();
        else jest.advanceTimersByTime(ANSWER_WAIT_MS);
      });
      await expect(silent).rejects.toThrow(/Run "list" to see whether it has carried out the command/);
      await close();
    }
  });
});
