import type { ReceivedEvent } from './event-client.js';
import type { ServiceProcess } from '../processes/service-process.js';

interface Answers {
  status: Record<string, unknown>;
  pairing: Record<string, unknown>;
  account: Record<string, unknown>;
}

interface Seen extends Answers {
  sequence: number;
}

/** The state of a client that replaces its values with those of each event, and computes nothing. */
export class EventReplica {
  private accounts = new Map<string, Seen>();
  private snapshotOpen = false;

  /** @throws when a message is missing or repeated */
  take({ type, data }: ReceivedEvent): void {
    if (type === 'snapshot') {
      this.snapshot(data as unknown as { accounts: Seen[]; more: boolean });
      return;
    }
    const { accountId, sequence, ...payload } = data as unknown as Partial<Answers> & {
      accountId: string;
      sequence: number;
    };
    const known = this.accounts.get(accountId);
    if (known && sequence !== known.sequence + 1)
      throw new Error(`${accountId}: event ${sequence} came after ${known.sequence}`);
    // An account that a snapshot of all accounts leaves out is in its initial state.
    const seen = known ?? blank(accountId);
    const { status, pairing, account } = payload;
    this.accounts.set(accountId, {
      sequence,
      status: status ?? seen.status,
      pairing: pairing ?? seen.pairing,
      account: { ...(account ?? seen.account), ...status },
    });
  }

  of(accountId: string): Answers {
    const { status, pairing, account } = this.accounts.get(accountId) ?? blank(accountId);
    return { status, pairing, account };
  }

  /** The accounts of the last snapshot and of all events since then. */
  get mentioned(): string[] {
    return [...this.accounts.keys()];
  }

  /** The accounts that `GET /accounts` lists: linked, pairing or failed. */
  get known(): string[] {
    return [...this.accounts]
      .filter(
        ([, { status, pairing, account }]) =>
          status['status'] !== 'idle' || status['authExists'] || pairing['error'] || account['linkedAt'],
      )
      .map(([accountId]) => accountId)
      .sort();
  }

  private snapshot({ accounts, more }: { accounts: Seen[]; more: boolean }): void {
    if (!this.snapshotOpen) this.accounts = new Map();
    for (const seen of accounts) this.accounts.set(String(seen.status['accountId']), seen);
    this.snapshotOpen = more;
  }
}

/** The current answers of the routes about an account. */
export async function answersOf(service: ServiceProcess, accountId: string): Promise<Answers> {
  const [status, view, list] = await Promise.all([
    service.status(accountId),
    service.view(accountId),
    service.accounts('limit=200'),
  ]);
  const account = list.accounts.find((listed) => listed.accountId === accountId);
  return {
    status: status as unknown as Answers['status'],
    pairing: view.body,
    account: (account as unknown as Answers['account'] | undefined) ?? blank(accountId).account,
  };
}

function blank(accountId: string): Seen {
  const status = {
    accountId,
    status: 'idle',
    authExists: false,
    serviceConnected: false,
    servicePhone: null,
  };
  return {
    sequence: 0,
    status,
    pairing: {
      accountId,
      status: 'idle',
      startedAt: null,
      expiresAt: null,
      step: null,
      qr: null,
      pairingCode: null,
      error: null,
    },
    account: {
      ...status,
      linkedAt: null,
      lastConnectedAt: null,
      lastError: null,
      unreadableMessages: 0,
      cannotReadMessages: false,
    },
  };
}
