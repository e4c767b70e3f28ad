import type { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { Device } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import { deviceRemoved, failure, replaced } from '../server/failure-stanzas.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { element, SERVER_JID, unixTime, type Stanza } from '../wire/stanza.js';

/** How many presences of a device are kept. */
const MOST_PRESENCES = 100;

/** Logs linked devices in, with one connection each, and closes the connections of removed devices. */
export class LoginHandler {
  private readonly connectionsByDevice = new Map<Device, Set<Connection>>();

  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
  ) {}

  async login(connection: Connection, payload: proto.IClientPayload): Promise<void> {
    const phone = String(payload.username);
    const device = this.registry.find(phone, payload.device ?? 0);
    connection.updateInfo({ phone });
    connection.device = device;
    await this.stages.run(connection, 'login_success', async () => {
      const refusal = this.refusal(connection, device);
      if (refusal || !device) {
        connection.device = undefined;
        this.metrics.countRefusal(refusal ?? 'unknown_device', connection.id);
        // ConnectFailureLoggedOut in whatsmeow's types/events/events.go; Baileys' DisconnectReason.loggedOut.
        await connection.terminate(failure(401));
        throw new FlowStopped('login refused');
      }
      this.replaceOlderConnections(connection, device);
      this.metrics.count('logins');
      this.metrics.record(connection.id, `logged in ${device.jid}`);
      device.logins += 1;
      device.clientVersion = connection.clientVersion;
      const attrs = { t: unixTime(), lid: device.lid, location: 'sim', props: '27' };
      await connection.send(element('success', attrs));
      await connection.send(edgeRouting());
    });
  }

  /**
   * Removes a device that was logged out, by the phone or by itself, and closes its connections with `device_removed`.
   */
  async remove(device: Device): Promise<void> {
    this.registry.remove(device);
    this.metrics.record(null, `removed ${device.jid}`);
    await Promise.all(this.connectionsOf(device).map((connection) => connection.terminate(deviceRemoved())));
  }

  /**
   * Counts a presence, and stores its name as the name of the account. Other accounts see it in `notify` of its
   * messages.
   */
  receivePresence({ id, device, loggedIn }: Connection, { attrs }: Stanza): void {
    const type = attrs['type'] ?? 'available (no type)';
    this.metrics.count('presences');
    this.metrics.record(id, `presence ${type}`);
    if (!device) return;
    device.presences.push(type);
    if (device.presences.length > MOST_PRESENCES) device.presences.shift();
    if (loggedIn && attrs['name']) this.registry.account(device.phone).pushName = attrs['name'];
  }

  /** Returns the connections that are logged in as this device. */
  connectionsOf(device: Device): Connection[] {
    return [...(this.connectionsByDevice.get(device) ?? [])];
  }

  /** Returns the device's connection that has sent `passive set active`, if there is one. */
  activeConnection(device: Device): Connection | undefined {
    return this.connectionsOf(device).find(({ active, terminated }) => active && !terminated);
  }

  private refusal(connection: Connection, device: Device | undefined): string | undefined {
    if (!device || this.registry.find(device.phone, device.number) !== device) return 'unknown_device';
    // Assumed: WhatsApp refuses a wrong Noise key in the same way as an unknown device.
    return connection.clientStatic?.equals(device.noiseKey) ? undefined : 'wrong_noise_key';
  }

  private replaceOlderConnections(connection: Connection, device: Device): void {
    const connections = this.connectionsByDevice.get(device) ?? new Set();
    this.connectionsByDevice.set(device, connections);
    const older = [...connections].filter(({ terminated }) => !terminated);
    this.metrics.recordDeviceConnections(older.length + 1);
    device.mostConnections = Math.max(device.mostConnections, older.length + 1);
    for (const other of older) {
      device.takeovers += 1;
      this.metrics.count('takeovers');
      // WhatsApp Web and Baileys: `conflict type=replaced` (440) goes to the older connection.
      void other.terminate(replaced());
    }
    connections.add(connection);
    connection.loggedIn = true;
    connection.transport.onClose(() => {
      connections.delete(connection);
      if (connections.size === 0) this.connectionsByDevice.delete(device);
      this.metrics.record(connection.id, `closed ${device.jid}`);
    });
  }
}

/** Routing information. Clients send it back in front of their next header, to reach the same edge server. */
function edgeRouting(): Stanza {
  const info = element('routing_info', {}, Buffer.from([8, 13, 8, 5]));
  return element('ib', { from: SERVER_JID }, [element('edge_routing', {}, [info])]);
}
