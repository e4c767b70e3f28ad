import { Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { map, merge } from 'rxjs';
import { EventStream } from '../../../sse/event-stream.js';
import type { NewBeginning, Topics } from '../../../sse/event-log.js';
import { AccountRegistry } from '../../accounts/account-registry.js';
import { changesBetween, snapshotOf, type AccountSnapshot } from './account-snapshot.js';
import { RetiredSequences } from './retired-sequences.js';
import type { AccountId } from '../../domain/account-id.js';
import { TooManyReaders } from '../http/request.errors.js';
import { callerOf, isRevoked, canSeeCodes, onRevoked, type Caller } from '../http/caller.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { PairingProgress } from '../../pairing-progress.js';
import { Clock } from '../../ports/clock.js';
import { SessionPool } from '../../sessions/session-pool.js';
import { WhatsappAccounts } from '../../whatsapp-accounts.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { WhatsappOptions } from '../../whatsapp-options.js';

/** How an account was told of last. */
interface PublishedState {
  readonly sequence: number;
  readonly snapshot: AccountSnapshot;
}

interface Snapshot {
  /** How many events there had been. */
  readonly position: number;
  readonly accounts: readonly (readonly [AccountId, PublishedState])[];
}

/** Accounts in one message of a snapshot. */
const PAGE = 100;
const RETRY_AFTER_MS = 10_000;

/**
 * Tells of every change of what the routes answer about an account. It is told only that something may have changed, asks
 * as a client would, and compares: what an answer shows, an event has shown or is about to.
 */
@Injectable()
export class AccountEventStream implements OnApplicationBootstrap {
  private readonly logger = new Logger('WhatsappEvents');
  private readonly stream: EventStream;
  /** Every account that there is something to say about. */
  private readonly published = new Map<AccountId, PublishedState>();
  private readonly retired = new RetiredSequences();
  private readonly hints = new Set<AccountId>();
  private snapshot: Snapshot | null = null;
  private isClosing = false;
  private isStarted = false;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    registry: AccountRegistry,
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly progress: PairingProgress,
    private readonly clock: Clock,
  ) {
    this.stream = new EventStream(options.events);
    merge(pool.changes.pipe(map(({ accountId }) => accountId)), registry.changes).subscribe((accountId) => {
      this.markChanged(accountId);
    });
    pool.changes.subscribe({
      complete: () => {
        this.publish();
        this.stream.end();
      },
    });
  }

  /** What was found at the start is no change. */
  onApplicationBootstrap(): void {
    const { accounts } = this.accounts.list({ after: null, limit: Infinity });
    for (const { accountId } of accounts)
      this.published.set(accountId, { sequence: 0, snapshot: this.currentState(accountId) });
    this.isStarted = true;
  }

  /**
   * Answers with events from now on, or from where the reader was.
   * @param accountId whose; undefined: those of all accounts that the caller may use
   * @throws TooManyReaders · DomainError `shutting_down`
   */
  open(request: HttpRequest, response: ServerResponse, accountId: AccountId | undefined): void {
    this.pool.assertAccepting();
    if (response.destroyed) return;
    if (request.method === 'HEAD' || isRevoked(request)) {
      this.stream.writeHead(response);
      return;
    }
    this.assertCapacity();
    this.publish();
    const { canAccess } = callerOf(request);
    const dismiss = this.stream.open(response, {
      // The topics are the ids of accounts.
      topics: accountId ?? (canAccess as Topics | undefined) ?? null,
      get redacted() {
        return !canSeeCodes(request);
      },
      lastEventId: request.headers['last-event-id']?.toString(),
      snapshot: (reason) =>
        pages(
          reason,
          accountId === undefined ? this.all(canAccess) : [this.snapshotOfOne(accountId)],
          !canSeeCodes(request),
        ),
    });
    response.once('close', onRevoked(request, dismiss));
  }

  private markChanged(accountId: AccountId): void {
    if (!this.isStarted) return;
    // What changes together is told together, once whoever changes it has let go.
    if (this.hints.size === 0)
      queueMicrotask(() => {
        this.publish();
      });
    this.hints.add(accountId);
  }

  private publish(): void {
    for (const accountId of this.hints) this.compare(accountId);
    this.hints.clear();
  }

  private compare(accountId: AccountId): void {
    const snapshot = this.currentState(accountId);
    const before = this.published.get(accountId);
    const changes = changesBetween(before?.snapshot ?? null, snapshot);
    if (changes.length === 0) return;
    let sequence = before?.sequence ?? this.retired.of(accountId);
    const at = this.clock.now().toISOString();
    for (const { type, payload, codelessPayload } of changes) {
      sequence += 1;
      const about = `"accountId":"${accountId}","sequence":${sequence},"at":"${at}"`;
      this.stream.publish(accountId, type, `{${about},${payload}}`, `{${about},${codelessPayload}}`);
    }
    if (snapshot.isBlank) {
      this.published.delete(accountId);
      this.retired.keep(accountId, sequence);
    } else {
      this.published.set(accountId, { sequence, snapshot });
      this.retired.drop(accountId);
    }
  }

  private currentState(accountId: AccountId): AccountSnapshot {
    return snapshotOf({
      status: this.accounts.status(accountId),
      pairing: this.progress.view(accountId),
      account: this.accounts.account(accountId),
    });
  }

  private snapshotOfOne(accountId: AccountId): PublishedState {
    return (
      this.published.get(accountId) ?? {
        sequence: this.retired.of(accountId),
        snapshot: this.currentState(accountId),
      }
    );
  }

  private all(mayUse: Caller['canAccess']): readonly PublishedState[] {
    const everybody = this.snapshotOfAll();
    const chosen = mayUse ? everybody.filter(([accountId]) => mayUse(accountId)) : everybody;
    return chosen.map(([, told]) => told);
  }

  /** In order of id. Shared by all readers that come before the next event. */
  private snapshotOfAll(): Snapshot['accounts'] {
    const { position } = this.stream;
    if (this.snapshot?.position !== position) {
      const accounts = [...this.published].sort(([a], [b]) => (a < b ? -1 : 1));
      this.snapshot = { position, accounts };
    }
    return this.snapshot.accounts;
  }

  private assertCapacity(): void {
    const wasRefusing = this.isClosing;
    this.isClosing = this.stream.isFull;
    if (!this.isClosing) return;
    if (!wasRefusing)
      this.logger.warn('too many clients read events: more are refused until one of them goes');
    throw new TooManyReaders(RETRY_AFTER_MS);
  }
}

function* pages(
  reason: NewBeginning,
  accounts: readonly PublishedState[],
  redacted: boolean,
): Generator<string> {
  for (let start = 0; start === 0 || start < accounts.length; start += PAGE) {
    const page = accounts
      .slice(start, start + PAGE)
      .map(
        ({ sequence, snapshot: { status, pairing, codelessPairing, account } }) =>
          `{"sequence":${sequence},"status":${status},"pairing":${redacted ? codelessPairing : pairing},"account":${account}}`,
      );
    const more = start + PAGE < accounts.length;
    yield `{"resumed":false,"reason":"${reason}","accounts":[${page.join(',')}],"more":${more}}`;
  }
}
