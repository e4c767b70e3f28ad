import type { SignalDataTypeMap, WASocket } from '@whiskeysockets/baileys';
import type { HistoryPiece, PrivacyToken } from './reading/history-pieces.js';

type TrustedToken = SignalDataTypeMap['tctoken'];

/** Baileys' entry with the addresses of all tokens (`tc-token-utils.js`). It finds expired tokens through it. */
const TOKEN_INDEX = '__index';

/** Stores the mappings and privacy tokens of a history, as Baileys does, but a piece at a time. */
export class MappingStorage {
  private readonly tokenAddresses = new Set<string>();
  mappings = 0;

  constructor(private readonly socket: Pick<WASocket, 'signalRepository' | 'authState'>) {}

  async store({ mappings, tokens }: HistoryPiece): Promise<void> {
    if (mappings.length > 0) {
      await this.socket.signalRepository.lidMapping.storeLIDPNMappings(mappings);
      this.mappings += mappings.length;
    }
    if (tokens.length > 0) await this.storeTokens(tokens);
  }

  /** Adds the stored tokens to Baileys' index. Called once, after the last piece. */
  async finish(): Promise<void> {
    if (this.tokenAddresses.size === 0) return;
    const { keys } = this.socket.authState;
    const stored = (await keys.get('tctoken', [TOKEN_INDEX]))[TOKEN_INDEX];
    const addresses = new Set([...addressesIn(stored), ...this.tokenAddresses]);
    const token = Buffer.from(JSON.stringify([...addresses]));
    await keys.set({ tctoken: { [TOKEN_INDEX]: { token } } });
  }

  /** An older token never replaces a newer one. */
  private async storeTokens(tokens: readonly PrivacyToken[]): Promise<void> {
    const { keys } = this.socket.authState;
    const stored = await keys.get(
      'tctoken',
      tokens.map(({ jid }) => jid),
    );
    const newer: Record<string, TrustedToken> = {};
    for (const { jid, token, timestamp, senderTimestamp } of tokens) {
      const existing = newer[jid] ?? stored[jid];
      if (Number(existing?.timestamp ?? 0) >= timestamp) continue;
      newer[jid] = {
        ...existing,
        token: Buffer.from(token),
        timestamp: String(timestamp),
        ...(senderTimestamp !== null && { senderTimestamp }),
      };
      this.tokenAddresses.add(jid);
    }
    if (Object.keys(newer).length > 0) await keys.set({ tctoken: newer });
  }
}

function addressesIn(index: TrustedToken | undefined): string[] {
  try {
    const addresses: unknown = JSON.parse(Buffer.from(index?.token ?? []).toString());
    return Array.isArray(addresses) ? addresses.filter((jid): jid is string => typeof jid === 'string') : [];
  } catch {
    return [];
  }
}
