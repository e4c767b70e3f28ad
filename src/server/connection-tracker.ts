import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { isHealthCheck } from './health-checks.js';
import { sendError } from '../whatsapp/api/http/domain-exception.filter.js';
import { announcesBody } from '../whatsapp/api/http/request-input.js';
import { ServerError } from './server.errors.js';

const BETWEEN_WARNINGS_MS = 60_000;

/** A client counts as not reading while this many bytes are unsent. Event streams pause at this number. */
const UNREAD_BYTES = 16 * 1_024;

/**
 * Tracks the connections and requests of the service. No client can delay the shutdown, and no client can starve others
 * by opening many connections.
 */
@Injectable()
export class ConnectionTracker {
  private readonly logger = new Logger('Http');
  /** Open connections, each with the number of answers that the service owes on it. */
  private readonly connections = new Map<Socket, number>();
  /** Connections on which the service owes no answer and waits for the client, the longest-waiting first. */
  private readonly waiting = new Set<Socket>();
  private readonly openResponses = new Set<Response>();
  private isRejecting = false;
  private warnedAtMs = -Infinity;

  get unanswered(): number {
    return this.openResponses.size;
  }

  /**
   * Tracks every connection from now on, also one that carries no valid HTTP.
   * @param max simultaneous connections. Beyond this number one connection is closed: the one that has waited longest
   * for its client; if none waits, one whose client does not read; otherwise the new one.
   */
  watch(server: Server, max: number): void {
    server.on('connection', (socket) => {
      if (this.connections.size >= max && !this.freeConnection(max)) {
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

  /** Express middleware. Must come before every middleware that may answer. */
  readonly track = (request: Request, response: Response, next: NextFunction): void => {
    this.openResponses.add(response);
    response.once('close', () => this.openResponses.delete(response));
    this.follow(request, response);
    // Otherwise a client could keep the connection open, and with it the process.
    if (this.isRejecting) response.shouldKeepAlive = false;
    if (!this.isRejecting || isHealthCheck(request)) next();
    else sendError(response, new ServerError('shutting_down', 'The service is shutting down.'));
  };

  /**
   * Answers requests with `503 shutting_down` from now on, and closes each connection after the answer that it waits
   * for.
   */
  rejectNew(): void {
    this.isRejecting = true;
    for (const response of this.openResponses) response.shouldKeepAlive = false;
  }

  /** Destroys every open connection. Its client has not sent the whole request, or does not read the answer. */
  destroyAll(): void {
    for (const socket of this.connections.keys()) socket.destroy();
  }

  /** Counts the answer that the service owes: from the end of the request until the end of the answer. */
  private follow(request: Request, response: Response): void {
    const { socket } = request;
    let state: 'arriving' | 'owed' | 'over' = 'arriving';
    const onArrived = (): void => {
      if (state !== 'arriving') return;
      state = 'owed';
      this.changeOwed(socket, 1);
    };
    response.once('close', () => {
      if (state === 'owed') this.changeOwed(socket, -1);
      state = 'over';
    });
    if (!announcesBody(request)) {
      onArrived();
      return;
    }
    this.changeOwed(socket, 0);
    request.once('end', onArrived);
  }

  /** Changes the number of owed answers. A connection without any moves to the end of the waiting ones. */
  private changeOwed(socket: Socket, change: -1 | 0 | 1): void {
    const before = this.connections.get(socket);
    if (before === undefined) return;
    this.connections.set(socket, before + change);
    this.waiting.delete(socket);
    if (before + change === 0) this.waiting.add(socket);
  }

  private freeConnection(max: number): boolean {
    this.warn(max);
    const [longestWaiting] = this.waiting;
    const expendable = longestWaiting ?? this.unread();
    if (!expendable) return false;
    this.forget(expendable);
    expendable.destroy();
    return true;
  }

  private warn(max: number): void {
    if (performance.now() - this.warnedAtMs < BETWEEN_WARNINGS_MS) return;
    this.warnedAtMs = performance.now();
    this.logger.warn(
      `More than ${max} connections are open. The service closes those that have waited longest for a request.`,
    );
  }

  /** Returns a connection whose client does not read; null: there is none. */
  private unread(): Socket | null {
    for (const socket of this.connections.keys()) if (socket.writableLength >= UNREAD_BYTES) return socket;
    return null;
  }

  private forget(socket: Socket): void {
    this.connections.delete(socket);
    this.waiting.delete(socket);
  }
}
