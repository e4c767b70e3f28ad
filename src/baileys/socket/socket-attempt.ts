import { S_WHATSAPP_NET } from '@whiskeysockets/baileys';
import type { BaileysEventMap, BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { AttemptOver } from '../../whatsapp/domain/errors.js';
import type { ConnectionEnd } from '../../whatsapp/domain/session/connection-end.js';
import type { Attempt, AttemptEvent } from '../../whatsapp/ports/whatsapp.gateway.js';
import { KeepAlive } from './keep-alive.js';
import type { KeepAliveTimings } from './keep-alive.js';
import { phoneOf } from '../auth-state/auth-state.codec.js';
import type { AttemptAuthState } from '../auth-state/auth-state.js';
import { KeepAliveTimeout, UpgradeRefused } from '../baileys.errors.js';
import { connectionEndOf } from './connection-end.js';
import { sendPing } from './ping.js';
import type { TcpConnection } from './tcp-connection.js';

const POLITE_CLOSE_MS = 2_000;
/** After Baileys gave a connection up by itself: long enough for what it wrote to leave. */
const HANG_UP_MS = 1_000;
/** The caller bounds a logout; a query that nobody answers keeps a timer of this length. */
const LOGOUT_QUERY_MS = 15_000;

/**
 * Where a rejection means that the stream cannot go on: after a frame that could not be read the cipher is out of step.
 * Elsewhere one thing was not handled (a refused group query, a malformed receipt) and the connection serves on.
 */
const FATAL_EVENTS = new Set(['message', 'open', 'CB:success']);

/** One Baileys socket, from its making to its end. */
export class SocketAttempt implements Attempt {
  readonly closed: Promise<void>;
  #socket: WASocket | null = null;
  private keepAlive: KeepAlive | null = null;
  private opened = false;
  private over = false;
  private leaving = false;
  private ending = false;
  private pairing = false;
  /** Hears how the attempt ended, or null when we ended it. */
  private onOver: (end: ConnectionEnd | null) => void = () => undefined;

  constructor(
    private readonly tcp: TcpConnection,
    private readonly authState: AttemptAuthState,
    private readonly watchTimings: KeepAliveTimings,
    private readonly onEvent: (event: AttemptEvent) => void,
  ) {
    this.closed = tcp.gone;
  }

  isOver(): boolean {
    return this.over;
  }

  /** The socket while it is logged in and serves; else null. */
  liveSocket(): WASocket | null {
    const serves = this.opened && !this.over && !this.ending;
    return serves && this.#socket?.ws.isOpen ? this.#socket : null;
  }

  watch(socket: WASocket): void {
    this.#socket = socket;
    this.keepAlive = new KeepAlive(
      this.watchTimings,
      (answered) => sendPing(socket, answered),
      () => {
        this.fail(new KeepAliveTimeout());
      },
    );
    socket.ev.on('connection.update', (update) => {
      this.connectionUpdate(update);
    });
    // Baileys' own listener came first: `creds` has changed already.
    socket.ev.on('creds.update', () => {
      this.authState.credentialsChanged();
    });
    // Baileys says nothing at all in this case and would stay `connecting` for ever.
    socket.ws.on('unexpected-response', (_request: unknown, response: { readonly statusCode?: number }) => {
      this.fail(new UpgradeRefused(response.statusCode ?? 0));
    });
  }

  emit(event: AttemptEvent): void {
    if (this.over || this.ending) return;
    // Codes and `opened`: from now on somebody relies on a server that answers.
    this.keepAlive?.start();
    this.onEvent(event);
  }

  /** WhatsApp has accepted the device, and will end this connection (515) once it has read our reply. */
  pairs(): void {
    this.pairing = true;
  }

  /** Ends the attempt at once, because of an error of ours or of Baileys. */
  fail(error: unknown): void {
    if (this.over) return;
    const end = connectionEndOf(error, this.tcp.error);
    this.destroyAndEnd('flush', end);
    if (!this.ending) this.onEvent({ type: 'closed', end });
  }

  /**
   * Ends the attempt, but lets what has just been written leave first.
   * @param error what is reported; null: nothing is
   */
  releasePairingSlot(error: Error | null): void {
    if (this.over) return;
    this.leaving = true;
    const end = error && connectionEndOf(error);
    this.finish('flush', end);
    this.destroyAfter(POLITE_CLOSE_MS);
    this.endSocket();
    if (end && !this.ending) this.onEvent({ type: 'closed', end });
  }

  /** A listener of Baileys rejected. */
  rejected(error: unknown, event: string): void {
    if (FATAL_EVENTS.has(event)) this.fail(error);
  }

  /** Baileys has begun to end the socket; its report would wait for the other side's closing handshake. */
  baileysEnds(): void {
    if (this.over) return;
    this.keepAlive?.stop();
    queueMicrotask(() => {
      this.tcp.destroySoon();
    });
    this.destroyAfter(HANG_UP_MS);
  }

  destroy(): void {
    // Nothing is read or stored any more, and what has been written is on its way, in bounded time.
    if (this.leaving) return;
    this.destroyAndEnd('drop', null);
  }

  async close(): Promise<void> {
    this.ending = true;
    this.keepAlive?.stop();
    this.destroyAfter(POLITE_CLOSE_MS);
    // The reply has to leave, and the next login must not come before WhatsApp has read it.
    if (this.pairing) await this.closed;
    this.finish('flush', null);
    this.endSocket();
    await this.closed;
  }

  async logout(): Promise<void> {
    const socket = this.#socket;
    const me = this.authState.creds.me;
    if (!socket || !me || !this.opened || this.over) throw new Error('only an open connection can log out');
    const unlinked = new Promise<boolean>((resolve) => {
      this.onOver = (end) => {
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

  private connectionUpdate({ connection, lastDisconnect }: BaileysEventMap['connection.update']): void {
    if (connection === 'open' && this.authState.creds.me && !this.over) {
      this.opened = true;
      this.emit({ type: 'opened', phone: phoneOf({ me: this.authState.creds.me }) });
    }
    if (connection === 'close') this.fail(lastDisconnect?.error);
  }

  private destroyAndEnd(waiting: 'flush' | 'drop', end: ConnectionEnd | null): void {
    this.finish(waiting, end);
    this.tcp.destroy();
    // Clears Baileys' timers; on a destroyed connection it waits for nothing.
    this.endSocket();
  }

  private finish(waiting: 'flush' | 'drop', end: ConnectionEnd | null): void {
    if (this.over) return;
    this.over = true;
    this.keepAlive?.stop();
    this.authState.retire(waiting);
    this.onOver(end);
  }

  /**
   * Baileys forgets the queries that are still waiting for an answer: it takes their listeners away, and each would hold
   * its caller and the socket for a minute more. They hear what they hear when a connection breaks.
   */
  private endSocket(): void {
    void this.#socket?.end(undefined);
    this.#socket?.ws.emit('error', new AttemptOver());
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

/** The same stanza as Baileys' own `logout`, which does not wait for the answer. */
function removeCompanionDevice(jid: string): BinaryNode {
  return {
    tag: 'iq',
    attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'md' },
    content: [{ tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }],
  };
}
