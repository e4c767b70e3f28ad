import { Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { EventStream } from '../../../sse/event-stream.js';
import type { NewBeginning, Topics } from '../../../sse/event-log.js';
import { changesBetween, snapshotOf, type AccountSnapshot } from './account-snapshot.js';
import { RetiredSequences } from './retired-sequences.js';
import type { AccountId } from '../../domain/account-id.js';
import { TooManyReaders } from '../http/request.errors.js';
import { callerOf, isRevoked, canSeeCodes, onRevoked, type Caller } from '../http/caller.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { PairingService } from '../../pairing.service.js';
import { Clock } from '../../ports/clock.js';
import { SessionPool } from '../../sessions/session-pool.js';
import { WhatsappAccounts } from '../../whatsapp-accounts.js';
import { WHATSAPP_OPTIONS, type WhatsappOptions } from '../../whatsapp-options.js';

/** The last published state of an account. */
interface PublishedState {
  readonly sequence: number;
  readonly snapshot: AccountSnapshot;
}

/** The published state of all accounts at one position of the stream, shared by its readers. */
interface Snapshot {
  /** The number of published messages. */
  readonly position: number;
  readonly accounts: readonly (readonly [AccountId, PublishedState])[];
}

/** The maximum number of accounts in one message of a snapshot. */
const PAGE = 100;
const RETRY_AFTER_MS = 10_000;

/**
 * The event stream of `GET /events`: publishes every change of the answers that the routes give about an account.
 * Sessions and the registry report only that an account may have changed. The stream then reads the answers of the
 * account as a client would and compares them with the last published ones. So the stream and the routes cannot
 * contradict each other.
 *
 * The messages are the projection of the domain's `AccountEvent` on these answers, in the order of the list:
 * - `pairing`: `status`; also `connection` when it clears an error
 * - `linked`: `status`, `connection`
 * - `connected`: `status`, `connection`
 * - `down`: `status`, `connection`; only `connection` for a new reason of the same outage
 * - `failed`: `error`, `status`, `connection`
 * - `unlinked`: `error`, `status`, `connection`
 * - `stopped`: `status`; also `connection` when the connection was open
 * - `disconnected`: `error` for an unconfirmed logout, `status`, `connection`
 *
 * Messages without an `AccountEvent`: `qr` and `code` for each step that is shown, and `status` when a step ends or a
 * client dismissed an error.
 */
@Injectable()
export class AccountEventStream implements OnApplicationBootstrap {
  private readonly logger = new Logger('WhatsappEvents');
  private readonly stream: EventStream;
  /** The accounts that have any state; others are blank. */
  private readonly published = new Map<AccountId, PublishedState>();
  private readonly retired = new RetiredSequences();
  /** The accounts that may have changed since the last comparison. */
  private readonly hints = new Set<AccountId>();
  private snapshot: Snapshot | null = null;
  private isRefusing = false;
  private isStarted = false;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly pairings: PairingService,
    private readonly clock: Clock,
  ) {
    this.stream = new EventStream(options.events);
    accounts.possibleChanges.subscribe((accountId) => {
      this.markChanged(accountId);
    });
    pool.changes.subscribe({
      complete: () => {
        this.publish();
        this.stream.end();
      },
    });
  }

  /** The accounts that exist at the start are published without messages: they are no changes. */
  onApplicationBootstrap(): void {
    const { accounts } = this.accounts.list({ after: null, limit: Infinity });
    for (const { accountId } of accounts)
      this.published.set(accountId, { sequence: 0, snapshot: this.currentState(accountId) });
    this.isStarted = true;
  }

  /**
   * Answers with the events from now on, or from the reader's `Last-Event-ID` on.
   * @param accountId the account; undefined: all accounts that the caller may access
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
    // Comparison waits for the end of the current synchronous code, so that changes made together are published
    // together.
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
      pairing: this.pairings.pairing(accountId),
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

  private all(canAccess: Caller['canAccess']): readonly PublishedState[] {
    const all = this.snapshotOfAll();
    const permitted = canAccess ? all.filter(([accountId]) => canAccess(accountId)) : all;
    return permitted.map(([, state]) => state);
  }

  /** Returns the accounts in order of id. All readers that connect before the next message share the result. */
  private snapshotOfAll(): Snapshot['accounts'] {
    const { position } = this.stream;
    if (this.snapshot?.position !== position) {
      const accounts = [...this.published].sort(([a], [b]) => (a < b ? -1 : 1));
      this.snapshot = { position, accounts };
    }
    return this.snapshot.accounts;
  }

  private assertCapacity(): void {
    const wasRefusing = this.isRefusing;
    this.isRefusing = this.stream.isFull;
    if (!this.isRefusing) return;
    if (!wasRefusing)
      this.logger.warn('too many clients read events; new clients are refused until one disconnects');
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
