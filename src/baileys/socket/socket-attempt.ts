import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import {
  S_WHATSAPP_NET,
  type BaileysEventMap,
  type BinaryNode,
  type WASocket,
} from '@whiskeysockets/baileys';
import { AttemptOver } from '../../whatsapp/domain/errors.js';
import type { ConnectionEnd } from '../../whatsapp/domain/session/connection-end.js';
import type {
  AcceptedDevice,
  Attempt,
  AttemptEvent,
  AttemptRequest,
} from '../../whatsapp/ports/whatsapp.gateway.js';
import type { KeepAliveTimings } from '../baileys.options.js';
import { KeepAlive, sendPing } from './keep-alive.js';
import { phoneOf } from '../auth-state/auth-state.codec.js';
import type { AttemptAuthState } from '../auth-state/auth-state.js';
import { KeepAliveTimeout, ServerUntrusted, UpgradeRefused } from '../baileys.errors.js';
import type { PairingAttempt } from '../pairing/pairing-handshake.js';
import { connectionEndOf } from './connection-end.js';
import { reportThrowingListeners } from './guarded-socket.js';
import { checkIncomingFrames } from './incoming-frames.js';
import type { TcpConnection } from './tcp-connection.js';

const GRACEFUL_CLOSE_MS = 2_000;
/** After Baileys ended a connection: enough time for written data to leave. */
const CLOSE_AFTER_END_MS = 1_000;
/** The caller bounds a logout. An unanswered query keeps a timer of this length. */
const LOGOUT_QUERY_MS = 15_000;

/**
 * Events whose rejected listener ends the connection: after a frame that could not be read, the next frames cannot be
 * decrypted either.
 * For other events one item was not handled (a refused group query, a malformed receipt), and the connection
 * continues.
 */
const FATAL_EVENTS = new Set(['message', 'open', 'CB:success']);

/** One Baileys socket from its creation to its end. */
export class SocketAttempt implements Attempt, PairingAttempt {
  readonly closed: Promise<void>;
  private readonly logger = new Logger('WhatsappSockets');
  private socket: WASocket | null = null;
  private keepAlive: KeepAlive | null = null;
  private opened = false;
  private over = false;
  private closesAfterSending = false;
  private closing = false;
  private serverCloses = false;
  /** Called with the end of the attempt; null when this service ended it. */
  private onEnd: (end: ConnectionEnd | null) => void = () => undefined;

  constructor(
    private readonly tcp: TcpConnection,
    private readonly authState: AttemptAuthState,
    private readonly keepAliveTimings: KeepAliveTimings,
    private readonly callbacks: Pick<AttemptRequest, 'onEvent' | 'onAccepted'>,
  ) {
    this.closed = tcp.closed;
  }

  isOver(): boolean {
    return this.over;
  }

  /** Returns the socket while it is logged in and not closing; otherwise null. */
  liveSocket(): WASocket | null {
    const serves = this.opened && !this.over && !this.closing;
    return serves && this.socket?.ws.isOpen ? this.socket : null;
  }

  /** Connects the attempt to its socket, before the socket emits anything. */
  attach(socket: WASocket): void {
    this.socket = socket;
    this.keepAlive = new KeepAlive(
      this.keepAliveTimings,
      (answered) => sendPing(socket, answered),
      () => {
        this.fail(new KeepAliveTimeout());
      },
    );
    socket.ev.on('connection.update', (update) => {
      this.handleConnectionUpdate(update);
    });
    // Baileys' own listener ran first, so `creds` has already changed.
    socket.ev.on('creds.update', () => {
      this.authState.credentialsChanged();
    });
    reportThrowingListeners(socket.ev, (error) => {
      this.logger.error(`listener of a socket event failed: ${String(error)}; fix the code that added it`);
      this.fail(error);
    });
    checkIncomingFrames(
      socket,
      this.authState.creds.noiseKey,
      () => {
        this.tcp.trustServer();
      },
      (error) => {
        this.fail(error);
      },
    );
    // The offer is removed from the request. ws accepts an answer to it all the same.
    socket.ws.on('upgrade', ({ headers }: IncomingMessage) => {
      if (headers['sec-websocket-extensions'] === undefined) return;
      this.fail(new ServerUntrusted('the server answered with a WebSocket extension that was not offered'));
    });
    // Baileys emits nothing in this case and would stay `connecting` forever.
    socket.ws.on('unexpected-response', (_request: unknown, response: { readonly statusCode?: number }) => {
      this.fail(new UpgradeRefused(response.statusCode ?? 0));
    });
  }

  emit(event: AttemptEvent): void {
    if (this.over || this.closing) return;
    // From the first codes or `opened` on, a user or an account depends on a server that answers.
    this.keepAlive?.start();
    this.callbacks.onEvent(event);
  }

  accept(device: AcceptedDevice): Promise<void> {
    return this.callbacks.onAccepted(device);
  }

  /** Notes that WhatsApp accepts the device, and will end this connection (515) after it has read our reply. */
  expectServerClose(): void {
    this.serverCloses = true;
  }

  /** Ends the attempt at once because of an error of this module or of Baileys. */
  fail(error: unknown): void {
    if (this.over) return;
    const end = connectionEndOf(error, this.tcp.error);
    this.endNow('flush', end);
    if (!this.closing) this.callbacks.onEvent({ type: 'closed', end });
  }

  /**
   * Ends the attempt after the data written so far has left.
   * @param error the reported reason; null: no event follows
   */
  closeAfterSending(error: Error | null): void {
    if (this.over) return;
    this.closesAfterSending = true;
    const end = error && connectionEndOf(error);
    this.markOver('flush', end);
    this.destroyAfter(GRACEFUL_CLOSE_MS);
    this.endSocket();
    if (end && !this.closing) this.callbacks.onEvent({ type: 'closed', end });
  }

  /** Called when a listener of Baileys rejected. */
  onListenerRejection(error: unknown, event: string): void {
    if (FATAL_EVENTS.has(event)) this.fail(error);
  }

  /**
   * Called when Baileys begins to end the socket. Its own report would wait for the closing handshake of the server.
   */
  onBaileysEnd(): void {
    if (this.over) return;
    this.keepAlive?.stop();
    queueMicrotask(() => {
      this.tcp.destroySoon();
    });
    this.destroyAfter(CLOSE_AFTER_END_MS);
  }

  destroy(): void {
    // No data is read or stored any more, and `closeAfterSending` bounds the time for the written data.
    if (this.closesAfterSending) return;
    this.endNow('drop', null);
  }

  async close(): Promise<void> {
    this.closing = true;
    this.keepAlive?.stop();
    this.destroyAfter(GRACEFUL_CLOSE_MS);
    // The reply must leave first, and the next login must not start before WhatsApp has read it.
    if (this.serverCloses) await this.closed;
    this.markOver('flush', null);
    this.endSocket();
    await this.closed;
  }

  async logout(): Promise<void> {
    const socket = this.socket;
    const me = this.authState.creds.me;
    if (!socket || !me || !this.opened || this.over) throw new Error('only an open connection can log out');
    const unlinked = new Promise<boolean>((resolve) => {
      this.onEnd = (end) => {
        resolve(end?.kind === 'whatsapp' && end.code === 401);
      };
    });
    const answered = (socket.query(removeCompanionDevice(me.id), LOGOUT_QUERY_MS) as Promise<unknown>).then(
      (answer) => answer !== undefined,
      (error: unknown) => {
        if (socket.ws.isOpen) throw error;
        // WhatsApp may close (401) before its answer has been read.
        return unlinked;
      },
    );
    if (!(await Promise.race([answered, unlinked]))) throw new Error('WhatsApp did not confirm the logout');
  }

  private handleConnectionUpdate({ connection, lastDisconnect }: BaileysEventMap['connection.update']): void {
    if (connection === 'open' && this.authState.creds.me && !this.over) {
      this.opened = true;
      this.emit({ type: 'opened', phone: phoneOf({ me: this.authState.creds.me }) });
    }
    if (connection === 'close') this.fail(lastDisconnect?.error);
  }

  private endNow(waiting: 'flush' | 'drop', end: ConnectionEnd | null): void {
    this.markOver(waiting, end);
    this.tcp.destroy();
    // Clears Baileys' timers. On a destroyed connection it waits for nothing.
    this.endSocket();
  }

  private markOver(waiting: 'flush' | 'drop', end: ConnectionEnd | null): void {
    if (this.over) return;
    this.over = true;
    this.keepAlive?.stop();
    this.authState.retire(waiting);
    this.onEnd(end);
  }

  /**
   * Ends Baileys' socket and rejects its pending queries.
   * `end` alone removes the listeners of the queries. Each query would then keep its caller and the socket in memory
   * for another minute. The emitted error rejects the queries like a broken connection.
   */
  private endSocket(): void {
    void this.socket?.end(undefined);
    this.socket?.ws.emit('error', new AttemptOver());
  }

  private destroyAfter(delayMs: number): void {
    const timer = setTimeout(() => {
      this.tcp.destroy();
    }, delayMs);
    void this.closed.then(() => {
      clearTimeout(timer);
    });
  }
}

/** Returns the same stanza as Baileys' own `logout`, which does not wait for the answer. */
function removeCompanionDevice(jid: string): BinaryNode {
  return {
    tag: 'iq',
    attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'md' },
    content: [{ tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }],
  };
}
