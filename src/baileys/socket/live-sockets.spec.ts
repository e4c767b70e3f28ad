import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { WASocket } from '@whiskeysockets/baileys';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { LiveSockets, type SocketListener } from './live-sockets.js';

const SALES = 'sales' as AccountId;
const SOCKET = {} as WASocket;

describe('LiveSockets', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('the error of a listener for new sockets is logged, and the other listeners are called', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const sockets = new LiveSockets();
    const called = jest.fn<SocketListener>();
    sockets.onSocket(() => {
      throw new Error('thrown');
    });
    sockets.onSocket(async () => {
      await Promise.reject(new Error('rejected'));
    });
    sockets.onSocket(called);
    sockets.announce(SALES, SOCKET);
    expect(called).toHaveBeenCalledWith(SALES, SOCKET);
    await new Promise((resolve) => setImmediate(resolve));
    expect(logged.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringContaining('Error: thrown'),
      expect.stringContaining('Error: rejected'),
    ]);
  });
});
