import type { Stanza } from '../wire/stanza.js';

export const PENDING_STANZA_KINDS = ['message', 'receipt', 'notification'] as const;
export type PendingStanzaKind = (typeof PENDING_STANZA_KINDS)[number];

/** Of each kind; what comes while a box is full is lost, and counted. */
const MOST_PER_KIND = 100;

/** A stanza that a device has to acknowledge. */
export interface PendingStanza {
  kind: PendingStanzaKind;
  stanza: Stanza;
}

/** What one device was sent and has not acknowledged, in the order in which it came. */
export class StanzaQueue {
  private readonly stanzas = new Map<string, PendingStanza>();
  private readonly counts: Record<PendingStanzaKind, number> = { message: 0, receipt: 0, notification: 0 };

  /** The same again (a message that its sender repeats) takes the place of the one before. @returns false when full */
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

  /** @param from what the letter came from: who acknowledges sends there; @returns whether it was waiting for that */
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
}

/** One message brings several receipts, of several devices and types; its own type says only what is in it. */
function keyOf(kind: PendingStanzaKind, id = '', from = '', type = ''): string {
  return kind === 'receipt' ? [kind, id, from, type].join(' ') : [kind, id, from].join(' ');
}
