import { matches, type ConnectionFilter, type ConnectionInfo } from '../faults/fault-plan.js';
import type { Stage, When } from '../faults/stages.js';
import type { ChangeNotifier } from './change-notifier.js';
import type { Connection } from './connection.js';

export interface ConnectionView extends ConnectionInfo {
  openedAt: string;
  stage: { stage: Stage; when: When } | null;
  loggedIn: boolean;
  /** Whether the client has sent `passive set active`. */
  active: boolean;
  /** Whether the server has sent its last stanza (515, 401, 440 or a failure). */
  dismissed: boolean;
  frozen: boolean;
  clientVersion: string | null;
  /** The number for which the client shows a phone code that is still valid. */
  codeFor: string | null;
  /** Number of retirement notifications that the client has not acknowledged. */
  unacknowledged: number;
}

/** The open TCP connections. */
export class ConnectionRegistry {
  private readonly connections = new Map<number, Connection>();
  private most = 0;

  constructor(private readonly changes: ChangeNotifier) {}

  add(connection: Connection): void {
    this.connections.set(connection.id, connection);
    this.most = Math.max(this.most, this.connections.size);
    this.changes.notify();
    connection.transport.onClose(() => {
      this.connections.delete(connection.id);
      this.changes.notify();
    });
  }

  get open(): number {
    return this.connections.size;
  }

  get mostOpen(): number {
    return this.most;
  }

  find(where: ConnectionFilter = {}): Connection[] {
    return [...this.connections.values()].filter((connection) => matches(where, connection.info()));
  }

  views(): ConnectionView[] {
    return [...this.connections.values()].map(view);
  }

  destroyAll(): void {
    for (const connection of this.connections.values()) connection.transport.destroy();
  }
}

function view(connection: Connection): ConnectionView {
  const code = connection.pairing?.shownCode;
  return {
    openedAt: connection.openedAt,
    stage: connection.lastStage ?? null,
    loggedIn: connection.loggedIn,
    active: connection.active,
    dismissed: connection.terminated,
    frozen: connection.transport.frozen,
    clientVersion: connection.clientVersion ?? null,
    codeFor: code?.isValid ? code.phone : null,
    unacknowledged: connection.pairing?.unacknowledged.size ?? 0,
    // This spread is last: V8 is ten times slower when a spread of many shapes comes first.
    ...connection.info(),
  };
}
