import type { WireAction } from '../faults/actions.js';
import type { ConnectionFilter } from '../faults/fault-plan.js';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { ForeignMessage } from '../messages/foreign-messages.js';
import type { RetireRequest } from '../pairing/code-retirement.js';
import { readPairingCode } from '../phone/pairing-code.js';
import type { SpendRequest, SpendResult } from '../queries/pre-key-handler.js';
import type { Connection } from '../server/connection.js';
import type { Components } from './components.js';

/** Actions of the server that a test requests at once, without a stage. */
export class ServerCommands {
  constructor(private readonly components: () => Components) {}

  /** Performs an action on all matching connections. @returns the number of connections */
  async act(action: WireAction, where?: ConnectionFilter): Promise<number> {
    const connections = this.components().connections.find(where);
    await Promise.all(connections.map((connection) => this.components().wireActions.act(connection, action)));
    return connections.length;
  }

  /**
   * Retires the QR code on the screen of one connection.
   * @returns whether the client acknowledged within `waitMs`
   * @throws {InvalidRequest} when not exactly one connection matches, or when it shows no code
   */
  async retire({ qr, where, child = 'companion_reg_refresh', waitMs = 0 }: RetireRequest): Promise<boolean> {
    const { retirement, changes } = this.components();
    const connection = qr === undefined ? this.onlyRegistration(where) : this.connectionShowing(qr);
    const id = await retirement.retire(connection, child, qr);
    if (id === undefined) throw new InvalidRequest('the connection shows no QR code');
    const acknowledged = (): true | undefined =>
      connection.pairing?.unacknowledged.has(id) === false || undefined;
    return (await changes.waitUntil(acknowledged, waitMs)) ?? false;
  }

  /** Hands out pre-keys as if other users had started conversations. Notifies the devices that are active. */
  spendPreKeys({ phone, deviceJid, leave }: SpendRequest): SpendResult {
    if (!Number.isInteger(leave) || leave < 0)
      throw new InvalidRequest('leave must be a whole number from 0');
    const { registry, preKeys, notifications } = this.components();
    const devices = registry.devices(phone, deviceJid);
    const spent = devices.reduce((sum, device) => sum + preKeys.spend(device, leave), 0);
    return { spent, notified: devices.filter((device) => notifications.notifyPreKeyCount(device)).length };
  }

  /** Delivers a message of a sender outside the simulator. @returns the number of devices that it is queued for */
  deliverForeign(message: ForeignMessage): number {
    return this.components().foreignMessages.deliver(message);
  }

  /** Requests again what the devices of a phone have not acknowledged. @returns the number of requested messages */
  requestAgain(phone: string): number {
    const { registry, receipts } = this.components();
    return registry.devices(phone).reduce((sum, device) => sum + receipts.requestAgain(device), 0);
  }

  private onlyRegistration(where: ConnectionFilter = {}): Connection {
    const [connection, another] = this.components().connections.find({ kind: 'registration', ...where });
    if (!connection || another)
      throw new InvalidRequest('not exactly one connection matches; name it by qr or where');
    return connection;
  }

  private connectionShowing(qr: string): Connection {
    const code = readPairingCode(qr);
    if (!code) throw new InvalidRequest('qr is not a pairing code');
    const reference = this.components().references.find(code.reference);
    if (typeof reference === 'string')
      throw new InvalidRequest(`no open connection shows this code: ${reference}`);
    return reference.connection;
  }
}
