import type { QueryStage } from '../faults/stages.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { MessageRouter } from '../messages/message-router.js';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { children, iqError, iqResult, type Stanza } from '../wire/stanza.js';
import type { DeviceQueryHandler } from './device-query-handler.js';

const STAGES: Readonly<Record<string, QueryStage>> = {
  'encrypt get count': 'prekey_count',
  'encrypt set registration': 'prekey_upload',
  'encrypt get digest': 'digest',
  'encrypt get key': 'key_bundles',
  'passive set active': 'passive',
  'passive set passive': 'passive',
  'md set remove-companion-device': 'logout',
  'w:p get ping': 'ping',
};

/** Answers every `iq` query, and applies the faults of its stage. */
export class QueryHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly logins: LoginHandler,
    private readonly router: MessageRouter,
    private readonly queries: DeviceQueryHandler,
  ) {}

  async answer(connection: Connection, query: Stanza): Promise<void> {
    const name = queryName(query);
    const stage = Object.hasOwn(STAGES, name) ? (STAGES[name] ?? 'query') : 'query';
    await this.stages.runQuery(connection, stage, query, async () => {
      if (name === 'md set remove-companion-device') {
        await this.logOut(connection, query);
        return;
      }
      await connection.send(this.reply(connection, query, name));
      if (name === 'passive set passive') connection.active = false;
      if (name === 'passive set active' && connection.loggedIn) await this.router.activate(connection);
    });
  }

  private reply(connection: Connection, query: Stanza, name: string): Stanza {
    const { device } = connection;
    if (name === 'w:p get ping') {
      this.metrics.count('pings');
      return iqResult(query);
    }
    if (!device || !connection.loggedIn) {
      // Assumed: before login WhatsApp answers only the keep-alive.
      this.metrics.countRefusal('query_before_login', connection.id);
      return iqError(query, 401, 'not-authorized');
    }
    return this.queries.answer(device, query, name);
  }

  private async logOut(connection: Connection, query: Stanza): Promise<void> {
    const { device, loggedIn } = connection;
    const named = children(query, 'remove-companion-device')[0]?.attrs['jid'];
    if (!device || !loggedIn || named !== device.jid) {
      // Clients log out only themselves (whatsmeow's client.go, `Logout`). The error for another JID is assumed.
      this.metrics.countRefusal('logout_of_another_device', connection.id);
      await connection.send(iqError(query, 403, 'forbidden'));
      return;
    }
    this.metrics.count('logouts');
    const answered = connection.send(iqResult(query));
    // The removal sends its stream error after this answer. That there is one is assumed; whatsmeow just disconnects.
    await Promise.all([answered, this.logins.remove(device)]);
  }
}

function queryName(query: Stanza): string {
  const { xmlns, type } = query.attrs;
  return [xmlns, type, children(query)[0]?.tag].filter((part) => part !== undefined).join(' ');
}
