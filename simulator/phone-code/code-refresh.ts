import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import { element, SERVER_JID } from '../wire/stanza.js';
import type { PhoneCodeRegistry } from './phone-code-registry.js';
import type { PhoneCode } from './phone-code.js';

/**
 * `refresh_code`: the code that a companion shows can be typed no more, and it is asked for a new one. The phone asks for it
 * when a wrong code was typed too often, and, with `force_manual_refresh`, when another companion wants to be linked
 * to the same number; WhatsApp Web makes a new code by itself, or with `force_manual_refresh` lets the person ask for
 * one (WhatsApp's Android client, `LinkedDevicesEnterCodeActivity`; WhatsApp Web, `refreshAltLinkingCode` and
 * `forceManualRefresh`).
 */
export class CodeRefresh {
  constructor(
    private readonly metrics: Metrics,
    private readonly codes: PhoneCodeRegistry,
  ) {}

  /** @returns whether the connection had a code */
  async ask(connection: Connection, forceManual = false): Promise<boolean> {
    const code = this.codes.shownBy(connection);
    if (!code?.good) return false;
    await this.withdraw(code, forceManual);
    return true;
  }

  async withdraw(code: PhoneCode, forceManual = false): Promise<void> {
    const { connection, reference } = code;
    code.withdraw();
    this.metrics.count('codeRefreshes');
    this.metrics.tell(connection.id, `asked for a fresh code${forceManual ? ', by hand' : ''}`);
    const t = String(Math.floor(Date.now() / 1000));
    const id = connection.nextStanzaId();
    const attrs = { stage: 'refresh_code', ...(forceManual && { force_manual_refresh: 'true' }) };
    const refresh = element('link_code_companion_reg', attrs, [
      element('link_code_pairing_ref', {}, Buffer.from(reference)),
    ]);
    const notification = { from: SERVER_JID, type: 'link_code_companion_reg', id, t };
    await connection.send(element('notification', notification, [refresh]));
  }
}
