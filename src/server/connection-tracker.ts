import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { sendError } from '../whatsapp/api/http/domain-exception.filter.js';
import { ServerError } from './server.errors.js';

/** Whether the service is alive, and whether it is ready, can be asked to the end. */
const ALWAYS_ANSWERED = /^\/health\/(live|ready)\/?$/i;

const BETWEEN_WARNINGS_MS = 60_000;

/** So much waits for a client that does not read: as much as anything writes before it looks whether it is read. */
const UNREAD_BYTES = 16 * 1_024;

function announcesBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The connections and requests of the service, so that none of them can hold up its end, and those of one client cannot keep
 * others out.
 */
@Injectable()
export class ConnectionTracker {
  private readonly logger = new Logger('Http');
  /** With how many answers we owe on it. */
  private readonly connections = new Map<Socket, number>();
  /** On which we owe none: we wait for their clients. The longest-waiting first. */
  private readonly waiting = new Set<Socket>();
  private readonly responses = new Set<Response>();
  private isRejecting = false;
  private warnedAtMs = -Infinity;

  get unanswered(): number {
    return this.responses.size;
  }

  /**
   * Every connection from now on, whatever is spoken on it.
   * @param most connections at the same time; for another one, that which has waited longest for its client is closed, else
   * one whose client does not read, and where all are at work the new one
   */
  watch(server: Server, most: number): void {
    server.on('connection', (socket) => {
      if (this.connections.size >= most && !this.freeConnection(most)) {
        socket.destroy();
        return;
      }
      this.connections.set(socket, 0);
      this.waiting.add(socket);
      socket.once('close', () => {
        this.forget(socket);
      });
    });
  }

  /** Express middleware, to come before all that may answer. */
  readonly track = (request: Request, response: Response, next: NextFunction): void => {
    this.responses.add(response);
    response.once('close', () => this.responses.delete(response));
    this.follow(request, response);
    // Else a client could keep the connection alive, and us.
    if (this.isRejecting) response.shouldKeepAlive = false;
    if (!this.isRejecting || ALWAYS_ANSWERED.test(request.path)) next();
    else sendError(response, new ServerError('shutting_down', 'The service is shutting down.'));
  };

  /** From now on requests are answered `503 shutting_down`, and no connection outlives the answer that it waits for. */
  rejectNew(): void {
    this.isRejecting = true;
    for (const response of this.responses) response.shouldKeepAlive = false;
  }

  /** Breaks every connection: of clients that have not sent all of their request, or do not read the answer. */
  destroyAll(): void {
    for (const socket of this.connections.keys()) socket.destroy();
  }

  /** Whether an answer is owed begins with the end of the request, and ends with the end of the answer. */
  private follow(request: Request, response: Response): void {
    const { socket } = request;
    let is: 'arriving' | 'owed' | 'over' = 'arriving';
    const arrived = (): void => {
      if (is !== 'arriving') return;
      is = 'owed';
      this.setUnanswered(socket, 1);
    };
    response.once('close', () => {
      if (is === 'owed') this.setUnanswered(socket, -1);
      is = 'over';
    });
    if (!announcesBody(request)) {
      arrived();
      return;
    }
    this.setUnanswered(socket, 0);
    request.once('end', arrived);
  }

  private setUnanswered(socket: Socket, more: -1 | 0 | 1): void {
    const before = this.connections.get(socket);
    if (before === undefined) return;
    this.connections.set(socket, before + more);
    this.waiting.delete(socket);
    if (before + more === 0) this.waiting.add(socket);
  }

  private freeConnection(most: number): boolean {
    this.warn(most);
    const [longestWaiting] = this.waiting;
    const gone = longestWaiting ?? this.unread();
    if (!gone) return false;
    this.forget(gone);
    gone.destroy();
    return true;
  }

  private warn(most: number): void {
    if (performance.now() - this.warnedAtMs < BETWEEN_WARNINGS_MS) return;
    this.warnedAtMs = performance.now();
    this.logger.warn(
      `More than ${most} connections: those that have waited longest for a request are closed.`,
    );
  }

  /** One whose client does not read what it is sent. */
  private unread(): Socket | null {
    for (const socket of this.connections.keys()) if (socket.writableLength >= UNREAD_BYTES) return socket;
    return null;
  }

  private forget(socket: Socket): void {
    this.connections.delete(socket);
    this.waiting.delete(socket);
  }
}
