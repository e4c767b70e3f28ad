import { isBroadcastJid } from '../wire/jid.js';
import type { Stanza } from '../wire/stanza.js';

export const PENDING_STANZA_KINDS = ['message', 'receipt', 'notification'] as const;
type PendingStanzaKind = (typeof PENDING_STANZA_KINDS)[number];

/** Highest number of stanzas of each kind in a queue. Further stanzas are lost, and counted in `stanzasLost`. */
const MOST_PER_KIND = 100;

/** A stanza that a device has to acknowledge. */
export interface PendingStanza {
  kind: PendingStanzaKind;
  stanza: Stanza;
}

/** The stanzas that one device has not acknowledged, in order of arrival. */
export class StanzaQueue {
  private readonly stanzas = new Map<string, PendingStanza>();
  private readonly counts: Record<PendingStanzaKind, number> = { message: 0, receipt: 0, notification: 0 };

  /**
   * Adds a stanza. The same stanza again (a message that its sender repeats) replaces the first one.
   * @returns false when full
   */
  add(stanza: PendingStanza): boolean {
    const { id, from, type } = stanza.stanza.attrs;
    const name = keyOf(stanza.kind, id, from, type);
    if (!this.stanzas.has(name)) {
      if (this.counts[stanza.kind] >= MOST_PER_KIND) return false;
      this.counts[stanza.kind] += 1;
    }
    this.stanzas.set(name, stanza);
    return true;
  }

  /**
   * @param from the sender of the stanza, which is `to` in the acknowledgement
   * @returns whether the stanza was in the queue
   */
  acknowledge(
    kind: PendingStanzaKind,
    id: string | undefined,
    from: string | undefined,
    type?: string,
  ): boolean {
    const there = this.stanzas.delete(keyOf(kind, id, from, type));
    if (there) this.counts[kind] -= 1;
    return there;
  }

  count(kind: PendingStanzaKind): number {
    return this.counts[kind];
  }

  all(): PendingStanza[] {
    return [...this.stanzas.values()];
  }

  /**
   * Returns the stanzas that may be delivered: those up to the first unacknowledged broadcast message, inclusive. An
   * acknowledgement with an error does not remove a broadcast message, so everything behind it is withheld.
   */
  deliverable(): PendingStanza[] {
    const all = this.all();
    const gate = all.findIndex(isBroadcast);
    return gate < 0 ? all : all.slice(0, gate + 1);
  }

  /** Whether an unacknowledged broadcast message has this id and sender. */
  hasBroadcast(id: string | undefined, from: string | undefined): boolean {
    const stanza = this.stanzas.get(keyOf('message', id, from));
    return stanza !== undefined && isBroadcast(stanza);
  }
}

function isBroadcast({ kind, stanza: { attrs } }: PendingStanza): boolean {
  return kind === 'message' && isBroadcastJid(attrs['from']);
}

/**
 * One message has several receipts, from several devices and of several types, so a receipt's key includes its type.
 */
function keyOf(kind: PendingStanzaKind, id = '', from = '', type = ''): string {
  return kind === 'receipt' ? [kind, id, from, type].join(' ') : [kind, id, from].join(' ');
}
