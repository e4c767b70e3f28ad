import type { Stanza } from '../wire/stanza.js';

export const LETTER_KINDS = ['message', 'receipt', 'notification'] as const;
export type LetterKind = (typeof LETTER_KINDS)[number];

/** Of each kind; what comes while a box is full is lost, and counted. */
const MOST_KEPT = 100;

/** A stanza that a device has to acknowledge. */
export interface Letter {
  kind: LetterKind;
  stanza: Stanza;
}

/** What one device was sent and has not acknowledged, in the order in which it came. */
export class Mailbox {
  private readonly letters = new Map<string, Letter>();
  private readonly counts: Record<LetterKind, number> = { message: 0, receipt: 0, notification: 0 };

  /** The same again (a message that its sender repeats) takes the place of the one before. @returns false when full */
  put(letter: Letter): boolean {
    const { id, from, type } = letter.stanza.attrs;
    const name = nameOf(letter.kind, id, from, type);
    if (!this.letters.has(name)) {
      if (this.counts[letter.kind] >= MOST_KEPT) return false;
      this.counts[letter.kind] += 1;
    }
    this.letters.set(name, letter);
    return true;
  }

  /** @param from what the letter came from: who acknowledges sends there; @returns whether it was waiting for that */
  acknowledge(kind: LetterKind, id: string | undefined, from: string | undefined, type?: string): boolean {
    const there = this.letters.delete(nameOf(kind, id, from, type));
    if (there) this.counts[kind] -= 1;
    return there;
  }

  count(kind: LetterKind): number {
    return this.counts[kind];
  }

  all(): Letter[] {
    return [...this.letters.values()];
  }
}

/** One message brings several receipts, of several devices and types; its own type says only what is in it. */
function nameOf(kind: LetterKind, id = '', from = '', type = ''): string {
  return kind === 'receipt' ? [kind, id, from, type].join(' ') : [kind, id, from].join(' ');
}
