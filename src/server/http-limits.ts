import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/** Time limits for clients, and the number of their connections. */
export interface HttpLimits {
  /**
   * For the request line and headers. Counted from the first byte; for the first request, from the start of the
   * connection.
   * Milliseconds.
   */
  readonly headersTimeoutMs: number;
  /** For the whole request. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Interval in which Node checks both limits. Milliseconds. */
  readonly checkMs: number;
  /** How long an idle connection stays open for another request. Milliseconds. */
  readonly keepAliveMs: number;
  /**
   * How long a connection may transfer nothing, in either direction, while an answer is due. Then it is destroyed.
   * Milliseconds.
   */
  readonly silenceMs: number;
  /** Simultaneous connections. For each one beyond this, {@link ConnectionTracker.watch} closes one. */
  readonly connections: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // As in Apache's mod_reqtimeout: 20 s for the head and 20 s for the body. No request is longer than 32 KiB.
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 40_000,
  checkMs: 5_000,
  // Longer than proxies keep connections (60 s in nginx and in AWS' load balancers). If the service closed first, a
  // proxy could send a request on a connection that is closing.
  keepAliveMs: 65_000,
  // Twice the longest wait for a code. Event streams have their own heartbeat.
  silenceMs: 60_000,
  connections: Math.min(4_000, Math.floor(maxOpenFiles() / 2)),
};

/**
 * Returns how many files this process may open; `Infinity` if that is unknown. Connections of clients, connections to
 * WhatsApp and the store all count. Node raises the soft limit to the hard limit at its start.
 */
function maxOpenFiles(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(limit ?? Infinity);
  } catch {
    // Only Linux has this file; elsewhere the limit cannot be read without a command.
    return Infinity;
  }
}

/** Sets the time limits of a server. Must be called before the server listens. */
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
