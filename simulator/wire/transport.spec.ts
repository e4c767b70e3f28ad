import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Transport } from './transport.js';

describe('Transport', () => {
  it('a connection that is reset during its shutdown ends', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    const [socket] = (await once(server, 'connection')) as [Socket];
    const wire = new Transport(socket);
    const closing = wire.close();
    // The shutdown of the socket has begun, and is not finished yet.
    await closing;
    wire.destroy(true);
    if (!wire.closed.aborted) await once(wire.closed, 'abort');
    expect(wire.closed.aborted).toBe(true);
    client.destroy();
    server.close();
  }, 5_000);

  it('a freeze of a closed connection ends at once', async () => {
    const wire = new Transport(new Socket().destroy());
    await once(wire.closed, 'abort');
    wire.freeze();
    await expect(wire.waitForThaw()).resolves.toBeUndefined();
  });

  it('onClose calls its listener once, also after the end, and not after its removal', async () => {
    const wire = new Transport(new Socket().destroy());
    const calls: string[] = [];
    wire.onClose(() => calls.push('before'));
    wire.onClose(() => calls.push('removed before'))();
    await once(wire.closed, 'abort');
    wire.onClose(() => calls.push('after'));
    wire.onClose(() => calls.push('removed after'))();
    await Promise.resolve();
    expect(calls).toEqual(['before', 'after']);
  });
});
