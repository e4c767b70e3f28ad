import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../whatsapp/domain/errors.js';
import { sendError } from '../whatsapp/http/error-answer.js';

/** Whether the service is alive, and whether it is ready, can be asked to the end. */
const ALWAYS_ANSWERED = /^\/health\/(live|ready)\/?$/i;

/** The connections and requests of the service, so that none of them can hold up its end. */
@Injectable()
export class HttpTraffic {
  readonly #connections = new Set<Socket>();
  readonly #unanswered = new Set<Response>();
  #refusing = false;

  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** Every connection from now on, whatever is spoken on it. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** Express middleware, to come before everything else. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    this.#unanswered.add(response);
    response.once('close', () => this.#unanswered.delete(response));
    // Else a client could keep the connection alive, and us.
    if (this.#refusing) response.shouldKeepAlive = false;
    if (!this.#refusing || ALWAYS_ANSWERED.test(request.path)) next();
    else sendError(response, new DomainError('shutting_down', 'The service is shutting down.'));
  };

  /** From now on requests are answered `503 shutting_down`, and no connection outlives the answer that it waits for. */
  refuse(): void {
    this.#refusing = true;
    for (const response of this.#unanswered) response.shouldKeepAlive = false;
  }

  /** Breaks every connection: of clients that have not sent all of their request, or do not read the answer. */
  cut(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}
