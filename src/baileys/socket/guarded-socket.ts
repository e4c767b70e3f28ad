import { EventEmitter } from 'node:events';
import { makeWASocket, type UserFacingSocketConfig, type WASocket } from '@whiskeysockets/baileys';
import { withSharedAsyncLocalStorage } from '../patches/shared-async-local-storage.js';
import { emitterBehind } from '../socket-emitter.js';

const REJECTION = Symbol.for('nodejs.rejection');

/** Called when a listener of Baileys rejected; `event` is its event. */
type RejectionHandler = (error: unknown, event: string) => void;

/**
 * Makes a Baileys socket whose listeners cannot end the process.
 * Many of Baileys' listeners are async, and Baileys does not await them. A frame that does not decrypt, or a query
 * answered by an error, would be an unhandled rejection. Emitters that are made while `captureRejections` is on
 * report to their own handler instead. A process-wide handler would belong to the host application.
 */
export function makeGuardedSocket(config: UserFacingSocketConfig, onRejection: RejectionHandler): WASocket {
  const before = EventEmitter.captureRejections;
  EventEmitter.captureRejections = true;
  let socket: WASocket;
  try {
    socket = withSharedAsyncLocalStorage(() => makeWASocket(config));
  } finally {
    EventEmitter.captureRejections = before;
  }
  handleRejections(socket.ws, onRejection);
  handleRejections(emitterBehind(socket.ev), onRejection);
  return socket;
}

/**
 * Reports an error that a listener of `ev` throws, for every listener added from now on. Baileys emits events within
 * calls that it does not await, such as `end`. An error in one of them would be an unhandled rejection.
 */
export function reportThrowingListeners(ev: WASocket['ev'], onThrow: (error: unknown) => void): void {
  const events = ev as unknown as Pick<EventEmitter, 'on'>;
  const { on } = events;
  events.on = (event, listener: (...values: unknown[]) => unknown) => {
    const guarded = (...values: unknown[]): unknown => {
      try {
        return listener(...values);
      } catch (error) {
        onThrow(error);
        return undefined;
      }
    };
    // `off` finds the guarded listener by this property, as Node does for `once`.
    return on(event, Object.assign(guarded, { listener }));
  };
}

function handleRejections(emitter: EventEmitter, onRejection: RejectionHandler): void {
  Object.defineProperty(emitter, REJECTION, {
    value: (error: unknown, event: string | symbol) => {
      onRejection(error, String(event));
    },
  });
}
