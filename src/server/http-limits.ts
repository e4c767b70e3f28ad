import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/** What a client may make us wait for, and how many of them. */
export interface HttpLimits {
  /** For the address and headers of a request, from its first byte or, of the first request, from the connection on. Milliseconds. */
  readonly headersTimeoutMs: number;
  /** For the whole of a request. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** How often both are looked after. Milliseconds. */
  readonly checkMs: number;
  /** How long a connection is kept for another request. Milliseconds. */
  readonly keepAliveMs: number;
  /** After how long a connection is broken on which nothing moves, in either direction, though an answer is due. Milliseconds. */
  readonly silenceMs: number;
  /** Connections at the same time. One more, and {@link ConnectionTracker.watch} closes one. */
  readonly connections: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // As Apache's mod_reqtimeout has it, 20 s for the head and 20 s for the body; nothing that is sent here is longer than 32 KiB.
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 40_000,
  checkMs: 5_000,
  // Longer than a proxy keeps it (60 s in nginx and in AWS' load balancers): it would send a request into our closing it.
  keepAliveMs: 65_000,
  // Twice as long as a code can be waited for. Readers of events have a sign of life of their own.
  silenceMs: 60_000,
  connections: Math.min(4_000, Math.floor(mostOpenFiles() / 2)),
};

/** Each connection is an open file, and so are those to WhatsApp and the store. Node raises the limit as far as it may. */
function mostOpenFiles(): number {
  try {
    const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(most ?? Infinity);
  } catch {
    // Elsewhere than on Linux it cannot be read without a command.
    return Infinity;
  }
}

/** To be called before the server listens. */
export function limitServer(server: Server, limits: HttpLimits): void {
  Object.assign(server, {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    timeout: limits.silenceMs,
    // Read when the server begins to listen (`setupConnectionsTracking` in Node's lib/_http_server.js).
    connectionsCheckingInterval: limits.checkMs,
  });
}
