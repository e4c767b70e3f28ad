import { Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { Request, Response } from 'express';
import { map, merge } from 'rxjs';
import { EventStream } from '../../../sse/event-stream.js';
import type { NewBeginning, Topics } from '../../../sse/event-log.js';
import { AccountDirectory } from '../../accounts/account-directory.js';
import { changesBetween, pictureOf, type AccountPicture } from './account-feed.picture.js';
import { FormerSequences } from './account-feed.sequences.js';
import type { AccountId } from '../../domain/account-id.js';
import { TooManyReaders } from '../../domain/errors.js';
import { callerOf, isOver, seesCodes, whenOver, type Caller } from '../http/caller.js';
import { PairingScreen } from '../../pairing-screen.js';
import { Clock } from '../../ports/clock.js';
import { SessionPool } from '../../sessions/session-pool.js';
import { WhatsappAccounts } from '../../whatsapp-accounts.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { WhatsappOptions } from '../../whatsapp-options.js';

/** How an account was told of last. */
interface Told {
  readonly sequence: number;
  readonly picture: AccountPicture;
}

interface Snapshot {
  /** How many events there had been. */
  readonly position: number;
  readonly accounts: readonly (readonly [AccountId, Told])[];
}

/** Accounts in one message of a snapshot. */
const PAGE = 100;
const RETRY_AFTER_MS = 10_000;

/**
 * Tells of every change of what the routes answer about an account. It is told only that something may have changed, asks
 * as a client would, and compares: what an answer shows, an event has shown or is about to.
 */
@Injectable()
export class AccountFeed implements OnApplicationBootstrap {
  private readonly logger = new Logger('WhatsappEvents');
  private readonly stream: EventStream;
  /** Every account that there is something to say about. */
  private readonly told = new Map<AccountId, Told>();
  private readonly former = new FormerSequences();
  private readonly hints = new Set<AccountId>();
  private snapshot: Snapshot | null = null;
  private refusing = false;
  private begun = false;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    directory: AccountDirectory,
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly screen: PairingScreen,
    private readonly clock: Clock,
  ) {
    this.stream = new EventStream(options.events);
    merge(pool.changes.pipe(map(({ accountId }) => accountId)), directory.changes).subscribe((accountId) => {
      this.note(accountId);
    });
    pool.changes.subscribe({
      complete: () => {
        this.tell();
        this.stream.end();
      },
    });
  }

  /** What was found at the start is no change. */
  onApplicationBootstrap(): void {
    const { accounts } = this.accounts.list({ after: null, limit: Infinity });
    for (const { accountId } of accounts)
      this.told.set(accountId, { sequence: 0, picture: this.look(accountId) });
    this.begun = true;
  }

  /**
   * Answers with events from now on, or from where the reader was.
   * @param accountId whose; undefined: those of all accounts that the caller may use
   * @throws TooManyReaders · DomainError `shutting_down`
   */
  answer(request: Request, response: Response, accountId: AccountId | undefined): void {
    this.pool.assertAccepting();
    if (response.destroyed) return;
    if (request.method === 'HEAD' || isOver(request)) {
      this.stream.writeHead(response);
      return;
    }
    this.assertRoom();
    this.tell();
    const { mayUse } = callerOf(request);
    const dismiss = this.stream.open(response, {
      // The topics are the ids of accounts.
      topics: accountId ?? (mayUse as Topics | undefined) ?? null,
      get redacted() {
        return !seesCodes(request);
      },
      lastEventId: request.get('last-event-id'),
      snapshot: (reason) =>
        pages(
          reason,
          accountId === undefined ? this.all(mayUse) : [this.one(accountId)],
          !seesCodes(request),
        ),
    });
    response.once('close', whenOver(request, dismiss));
  }

  private note(accountId: AccountId): void {
    if (!this.begun) return;
    // What changes together is told together, once whoever changes it has let go.
    if (this.hints.size === 0)
      queueMicrotask(() => {
        this.tell();
      });
    this.hints.add(accountId);
  }

  private tell(): void {
    for (const accountId of this.hints) this.compare(accountId);
    this.hints.clear();
  }

  private compare(accountId: AccountId): void {
    const picture = this.look(accountId);
    const before = this.told.get(accountId);
    const changes = changesBetween(before?.picture ?? null, picture);
    if (changes.length === 0) return;
    let sequence = before?.sequence ?? this.former.of(accountId);
    const at = this.clock.now().toISOString();
    for (const { type, payload, codelessPayload } of changes) {
      sequence += 1;
      const about = `"accountId":"${accountId}","sequence":${sequence},"at":"${at}"`;
      this.stream.publish(accountId, type, `{${about},${payload}}`, `{${about},${codelessPayload}}`);
    }
    if (picture.isBlank) {
      this.told.delete(accountId);
      this.former.keep(accountId, sequence);
    } else {
      this.told.set(accountId, { sequence, picture });
      this.former.drop(accountId);
    }
  }

  private look(accountId: AccountId): AccountPicture {
    return pictureOf({
      status: this.accounts.status(accountId),
      pairing: this.screen.view(accountId),
      account: this.accounts.account(accountId),
    });
  }

  private one(accountId: AccountId): Told {
    return (
      this.told.get(accountId) ?? {
        sequence: this.former.of(accountId),
        picture: this.look(accountId),
      }
    );
  }

  private all(mayUse: Caller['mayUse']): readonly Told[] {
    const everybody = this.everybody();
    const chosen = mayUse ? everybody.filter(([accountId]) => mayUse(accountId)) : everybody;
    return chosen.map(([, told]) => told);
  }

  /** In order of id. Shared by all readers that come before the next event. */
  private everybody(): Snapshot['accounts'] {
    const { position } = this.stream;
    if (this.snapshot?.position !== position) {
      const accounts = [...this.told].sort(([a], [b]) => (a < b ? -1 : 1));
      this.snapshot = { position, accounts };
    }
    return this.snapshot.accounts;
  }

  private assertRoom(): void {
    const wasRefusing = this.refusing;
    this.refusing = this.stream.isFull;
    if (!this.refusing) return;
    if (!wasRefusing)
      this.logger.warn('too many clients read events: more are refused until one of them goes');
    throw new TooManyReaders(RETRY_AFTER_MS);
  }
}

function* pages(reason: NewBeginning, accounts: readonly Told[], redacted: boolean): Generator<string> {
  for (let start = 0; start === 0 || start < accounts.length; start += PAGE) {
    const page = accounts
      .slice(start, start + PAGE)
      .map(
        ({ sequence, picture: { status, pairing, codelessPairing, account } }) =>
          `{"sequence":${sequence},"status":${status},"pairing":${redacted ? codelessPairing : pairing},"account":${account}}`,
      );
    const more = start + PAGE < accounts.length;
    yield `{"resumed":false,"reason":"${reason}","accounts":[${page.join(',')}],"more":${more}}`;
  }
}
