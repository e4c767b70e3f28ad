import { createHmac, randomBytes } from 'node:crypto';
import { runDetached } from '../faults/flow-stopped.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { Device } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { child, children, element, type Stanza } from '../wire/stanza.js';
import type { MessageRouter } from './message-router.js';

/** Sends the notifications that the server starts on its own. */
export class NotificationHandler {
  private readonly tokenSecret = randomBytes(32);
  private lastToken = 0;

  constructor(
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly logins: LoginHandler,
    private readonly router: MessageRouter,
  ) {}

  /**
   * Gives a token for the sender's account to the devices of each trusted user (Baileys'
   * `handlePrivacyTokenNotification`).
   */
  sendPrivacyTokens(sender: Device, query: Stanza): void {
    const from = this.registry.account(sender.phone);
    for (const { attrs } of children(child(query, 'tokens'), 'token')) {
      const t = attrs['t'] ?? '';
      for (const device of this.registry.accountOf(attrs['jid'])?.devices.values() ?? []) {
        const secret = createHmac('sha256', this.tokenSecret).update(`${sender.phone} ${device.phone} ${t}`);
        const token = { type: 'trusted_contact', jid: device.jid, t };
        const tokens = element('tokens', {}, [element('token', token, secret.digest().subarray(0, 16))]);
        const id = `token-${(this.lastToken += 1)}`;
        const notice = { from: from.jid, sender_lid: from.lid, type: 'privacy_token', id, t };
        this.metrics.count('privacyTokens');
        this.router.enqueue(device, {
          kind: 'notification',
          stanza: element('notification', notice, [tokens]),
        });
      }
    }
  }

  /**
   * Notifies a device of its number of pre-keys, as WA Web's PreKeyLow: the device uploads more when there are too few.
   * A device without an active connection gets no notification; it queries the number at its login.
   * @returns whether the notification was sent
   */
  notifyPreKeyCount(device: Device): boolean {
    const connection = this.logins.activeConnection(device);
    if (!connection) return false;
    this.metrics.count('preKeyNotices');
    const count = element('count', { value: String(device.preKeys.size) });
    runDetached(connection.sendNotification('encrypt', count));
    return true;
  }
}
