import { LARGEST_ENTRY_BYTES, MOST_PIECE_BYTES, MOST_PIECE_ENTRIES } from './history-limits.js';

/** The number of an account and its LID, as addresses. */
export interface LidMapping {
  readonly lid: string;
  readonly pn: string;
}

/** A privacy token that the phone holds for a chat. */
export interface PrivacyToken {
  /** The address under which Baileys keeps it: the LID where the history names it. */
  readonly jid: string;
  readonly token: Uint8Array;
  readonly timestamp: number;
  readonly senderTimestamp: number | null;
}

/** A bounded part of a history. Chats, messages and names are encoded `proto` messages; a chat has no messages. */
export interface HistoryPiece {
  readonly mappings: LidMapping[];
  readonly tokens: PrivacyToken[];
  readonly chats: Uint8Array[];
  readonly messages: Uint8Array[];
  readonly names: Uint8Array[];
}

/** Collects entries until a piece is full. */
export class PieceBuilder {
  private piece = emptyPiece();
  private entries = 0;
  private bytes = 0;

  addMapping(mapping: LidMapping): void {
    this.piece.mappings.push(mapping);
    this.entries += 1;
  }

  addToken(token: PrivacyToken): void {
    this.piece.tokens.push(token);
    this.entries += 1;
  }

  /** Copies the entry: a part of a larger buffer would be sent to another thread with the whole buffer. */
  addBytes(kind: 'chats' | 'messages' | 'names', entry: Uint8Array): void {
    if (entry.length > LARGEST_ENTRY_BYTES) return;
    this.piece[kind].push(new Uint8Array(entry));
    this.entries += 1;
    this.bytes += entry.length;
  }

  get isFull(): boolean {
    return this.entries >= MOST_PIECE_ENTRIES || this.bytes >= MOST_PIECE_BYTES;
  }

  get isEmpty(): boolean {
    return this.entries === 0;
  }

  take(): HistoryPiece {
    const { piece } = this;
    this.piece = emptyPiece();
    this.entries = 0;
    this.bytes = 0;
    return piece;
  }
}

function emptyPiece(): HistoryPiece {
  return { mappings: [], tokens: [], chats: [], messages: [], names: [] };
}
