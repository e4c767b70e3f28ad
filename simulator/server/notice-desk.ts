import { element, SERVER_JID } from '../wire/stanza.js';
import { detach } from '../faults/flow-stopped.js';
import type { Device } from './device-registry.js';
import type { Ledger } from './ledger.js';
import type { LoginDesk } from './login-desk.js';

/** What the server tells a device without being asked. */
export class NoticeDesk {
  constructor(
    private readonly ledger: Ledger,
    private readonly logins: LoginDesk,
  ) {}

  /**
   * WA Web's PreKeyLow: the device uploads more when it finds that too few. One that is away asks by itself at its login.
   * @returns whether it could be told
   */
  preKeysLeft(device: Device): boolean {
    const connection = this.logins.activeConnection(device);
    if (!connection) return false;
    this.ledger.count('preKeyNotices');
    const t = String(Math.floor(Date.now() / 1000));
    const attrs = { from: SERVER_JID, type: 'encrypt', id: connection.nextStanzaId(), t };
    const count = element('count', { value: String(device.preKeys.size) });
    detach(connection.send(element('notification', attrs, [count])));
    return true;
  }
}
