import type { Stage, When } from '../faults/stages.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { ConnectionRegistry } from '../server/connection-registry.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { CounterName, Metrics } from '../server/metrics.js';

/** What a caller can wait for. */
export type Condition =
  /** A stage was passed at least so often since the start or the last reset. */
  | { kind: 'stage'; stage: Stage; when?: When; atLeast?: number }
  | { kind: 'counter'; name: CounterName; atLeast: number }
  /** Exactly so many linked devices, of one phone or of all. */
  | { kind: 'linked'; phone?: string; devices: number }
  /** Exactly so many open TCP connections. */
  | { kind: 'sockets'; open: number }
  | { kind: 'refusal'; reason: string; atLeast?: number }
  /** The device's connections that stand for it now. */
  | { kind: 'online'; phone: string; connections: number }
  /** Exactly so many devices, of one phone or of all, have a connection that has said that it is active. */
  | { kind: 'active'; phone?: string; devices: number }
  /** Exactly so many messages that their devices have not acknowledged, for one phone or for all. */
  | { kind: 'waiting'; phone?: string; messages: number };

export interface ObservedParts {
  metrics: Metrics;
  registry: DeviceRegistry;
  connections: ConnectionRegistry;
  logins: LoginHandler;
}

export function isConditionMet(condition: Condition, observed: ObservedParts): boolean {
  const { metrics, registry, connections, logins } = observed;
  switch (condition.kind) {
    case 'stage':
      return metrics.stageCount(condition.stage, condition.when ?? 'after') >= (condition.atLeast ?? 1);
    case 'counter':
      return metrics.counter(condition.name) >= condition.atLeast;
    case 'linked':
      return registry.devices(condition.phone).length === condition.devices;
    case 'sockets':
      return connections.open === condition.open;
    case 'refusal':
      return metrics.refusalCount(condition.reason) >= (condition.atLeast ?? 1);
    case 'online': {
      const online = connections.find({ phone: condition.phone, kind: 'login' });
      return (
        online.filter(({ loggedIn, terminated }) => loggedIn && !terminated).length === condition.connections
      );
    }
    case 'active': {
      const devices = registry.devices(condition.phone);
      return devices.filter((device) => logins.activeConnection(device)).length === condition.devices;
    }
    case 'waiting': {
      const boxes = registry.devices(condition.phone).map(({ queue }) => queue.count('message'));
      return boxes.reduce((sum, count) => sum + count, 0) === condition.messages;
    }
  }
}
