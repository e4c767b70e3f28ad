import { Injectable } from '@nestjs/common';
import type { AccountId } from './domain/account-id.js';
import { AuthStateCorrupt } from './domain/errors.js';
import type { Failure } from './domain/failure.js';
import { AuthStateStore } from './ports/auth-state.store.js';
import { ConfigRepository } from './ports/config.repository.js';
import { WhatsappGateway } from './ports/whatsapp.gateway.js';
import { SessionLogger } from './session.logger.js';

interface LinkedAccount {
  /** Null while the credentials cannot be read. */
  readonly phone: string | null;
  readonly failure: Failure | null;
}

const PAGE = 200;

/** How many failures of accounts that are not linked are remembered; the oldest go first. */
const REMEMBERED_FAILURES = 1_000;

export const AUTH_STATE_FAILURE: Failure = {
  code: 'auth_state_corrupt',
  message: 'The stored credentials cannot be read; disconnect the account to clear them.',
  userAction: 'contact_operator',
};

/**
 * What is known of accounts without a session, in memory: the status answers from here without touching the disk.
 * It holds linked accounts and a bounded number of failures, so that asking about unknown accounts costs nothing.
 */
@Injectable()
export class AccountDirectory {
  private readonly linked = new Map<AccountId, LinkedAccount>();
  private readonly failures = new Map<AccountId, Failure>();

  constructor(
    private readonly store: AuthStateStore,
    private readonly config: ConfigRepository,
    private readonly gateway: WhatsappGateway,
  ) {}

  isLinked(accountId: AccountId): boolean {
    return this.linked.has(accountId);
  }

  failure(accountId: AccountId): Failure | null {
    return this.linked.get(accountId)?.failure ?? this.failures.get(accountId) ?? null;
  }

  /** Credentials that WhatsApp accepted are stored; nothing is wrong with the account now. */
  link(accountId: AccountId, phone: string): void {
    this.failures.delete(accountId);
    this.linked.set(accountId, { phone, failure: null });
  }

  /** No credentials are stored any more. */
  unlink(accountId: AccountId): void {
    this.linked.delete(accountId);
  }

  fail(accountId: AccountId, failure: Failure): void {
    const linked = this.linked.get(accountId);
    this.failures.delete(accountId);
    if (linked) {
      this.linked.set(accountId, { ...linked, failure });
      return;
    }
    this.failures.set(accountId, failure);
    const [oldest] = this.failures.keys();
    if (this.failures.size > REMEMBERED_FAILURES && oldest !== undefined) this.failures.delete(oldest);
  }

  clearFailure(accountId: AccountId): void {
    const linked = this.linked.get(accountId);
    if (linked?.failure) this.linked.set(accountId, { ...linked, failure: null });
    this.failures.delete(accountId);
  }

  /** Reads every linked account once, at start. A damaged one is named and does not keep the others from being found. */
  async restore(): Promise<void> {
    for (let after: AccountId | null = null; ;) {
      const page: AccountId[] = await this.store.linked({ after, limit: PAGE });
      for (const accountId of page) await this.restoreOne(accountId);
      after = page.at(-1) ?? null;
      if (page.length < PAGE) return;
    }
  }

  private async restoreOne(accountId: AccountId): Promise<void> {
    try {
      const phone = await this.readPhone(accountId);
      const failure = (await this.config.find(accountId))?.lastError ?? null;
      this.linked.set(accountId, { phone, failure });
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      this.noteCorrupt(accountId);
    }
  }

  /** The stored credentials cannot be read. They are kept as they are, never silently replaced by new ones. */
  noteCorrupt(accountId: AccountId): void {
    this.linked.set(accountId, { phone: null, failure: AUTH_STATE_FAILURE });
    new SessionLogger(accountId, undefined, 'WhatsappAccounts').error(
      'the stored credentials cannot be read and are kept as they are; disconnect the account to clear them, then link it again',
    );
  }

  /** @throws AuthStateCorrupt · StorageFailed */
  async readPhone(accountId: AccountId): Promise<string | null> {
    const credentials = await this.store.load(accountId);
    return credentials && this.gateway.inspect(credentials).phone;
  }
}
