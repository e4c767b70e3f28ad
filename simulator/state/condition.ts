import type { Stage, When } from '../faults/stages.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { ConnectionRegistry } from '../server/connection-registry.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { CounterName, Metrics } from '../server/metrics.js';

/** A condition that a caller can wait for. */
export type Condition =
  /** A stage was passed at least `atLeast` times since the start or the last reset. */
  | { kind: 'stage'; stage: Stage; when?: When; atLeast?: number }
  | { kind: 'counter'; name: CounterName; atLeast: number }
  /** Exact number of linked devices, of one phone or of all. */
  | { kind: 'linked'; phone?: string; devices: number }
  /** Exact number of open TCP connections. */
  | { kind: 'sockets'; open: number }
  | { kind: 'refusal'; reason: string; atLeast?: number }
  /** Exact number of logged-in connections of the phone's devices. */
  | { kind: 'online'; phone: string; connections: number }
  /** Exact number of devices with an active connection (`passive set active`), of one phone or of all. */
  | { kind: 'active'; phone?: string; devices: number }
  /** Exact number of messages that devices have not acknowledged, of one phone or of all. */
  | { kind: 'waiting'; phone?: string; messages: number };

interface ObservedParts {
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
      const counts = registry.devices(condition.phone).map(({ queue }) => queue.count('message'));
      return counts.reduce((sum, count) => sum + count, 0) === condition.messages;
    }
  }
}
