import type { NotificationHandler } from '../messages/notification-handler.js';
import type { Device } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { iqError, iqResult, type Stanza } from '../wire/stanza.js';
import { plainAnswer } from './plain-answers.js';
import type { PreKeyHandler } from './pre-key-handler.js';

/** Answers the queries of a device that is logged in. */
export class DeviceQueryHandler {
  constructor(
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly preKeys: PreKeyHandler,
    private readonly notifications: NotificationHandler,
  ) {}

  /** @param name `xmlns type firstChild` of the query */
  answer(device: Device, query: Stanza, name: string): Stanza {
    switch (name) {
      case 'encrypt get count':
        return this.preKeys.count(query, device);
      case 'encrypt set registration':
        return this.preKeys.upload(query, device);
      case 'encrypt set rotate':
        return this.preKeys.rotate(query, device);
      case 'encrypt get digest':
        return this.preKeys.digest(query, device);
      case 'encrypt get key':
        return this.preKeys.bundles(query);
      case 'privacy set tokens':
        this.notifications.sendPrivacyTokens(device, query);
        return iqResult(query);
      default: {
        if (name === 'w:sync:app:state set sync') this.metrics.count('appStateQueries');
        const answer = plainAnswer(name);
        if (answer) return answer({ query, device, registry: this.registry });
        this.metrics.countUnknownQuery(name);
        return iqError(query, 501, 'feature-not-implemented');
      }
    }
  }
}
