import { randomUUID } from 'node:crypto';
import type { PairingStep } from '../domain/pairing-step.js';
import type { Effect, Outcome, SessionEvent, SessionState } from '../domain/session/session-state.js';
import type { SessionTimings } from '../domain/session/session-timings.js';
import { NEW_SESSION, transition } from '../domain/session/transition.js';
import type { AccountLease } from '../ports/account-leases.js';
import type { Clock } from '../ports/clock.js';
import { SessionTimers } from './session-timers.js';
import { AccountLogger } from '../accounts/account-logger.js';

/** Runs one effect; what it returns is the event that its result means, and a failed effect drops those after it. */
export interface EffectRunner {
  run(effect: Effect, session: Session): Promise<SessionEvent | undefined>;
}

export interface SessionContext {
  readonly lease: AccountLease;
  readonly clock: Clock;
  readonly timings: SessionTimings;
  readonly effects: EffectRunner;
  /** Something that a reader can see has changed; `before` is the state that this one was in. */
  readonly onChange: (session: Session, before: SessionState) => void;
  readonly onEnded: (session: Session, outcome: Outcome) => Promise<void>;
}

interface QueuedEvent {
  readonly event: SessionEvent;
  readonly processed: () => void;
}

/**
 * One account's conversation with WhatsApp, over one socket or several. The one place that runs effects, one at a time:
 * events wait in the queue while an effect is under way, so no state is ever seen half done.
 */
export class Session {
  /** Tells this session from every other, also of the same account: part of the code's ETag. */
  readonly id = randomUUID();
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly logger: AccountLogger;
  private current: SessionState = NEW_SESSION;
  private shown: PairingStep | null = null;
  private readonly queue: QueuedEvent[] = [];
  private isProcessing = false;
  private readonly timers: SessionTimers;
  private readonly whenEnded: Promise<Outcome>;
  private resolveEnded!: (outcome: Outcome) => void;

  constructor(private readonly context: SessionContext) {
    const { clock, timings } = context;
    this.startedAt = clock.now();
    this.logger = new AccountLogger(context.lease.accountId, () => this.current.attempt);
    this.expiresAt = new Date(this.startedAt.getTime() + timings.sessionLimitMs);
    this.timers = new SessionTimers(clock, (timer) => void this.send({ type: 'due', timer }));
    this.whenEnded = new Promise((resolve) => (this.resolveEnded = resolve));
  }

  get lease(): AccountLease {
    return this.context.lease;
  }

  get state(): SessionState {
    return this.current;
  }

  /** What the person has to do now. */
  get step(): PairingStep | null {
    return this.shown;
  }

  /** Resolves when nothing of this session is left: socket closed, writer closed, hold released. */
  get over(): Promise<Outcome> {
    return this.whenEnded;
  }

  /** Resolves when the event and everything it caused here have been processed. Never rejects. */
  send(event: SessionEvent): Promise<void> {
    return new Promise((resolve) => {
      this.queue.push({ event, processed: resolve });
      if (!this.isProcessing) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.isProcessing = true;
    for (let queued = this.queue.shift(); queued; queued = this.queue.shift()) {
      let next: SessionEvent | undefined = queued.event;
      while (next) next = await this.process(next);
      queued.processed();
    }
    this.isProcessing = false;
  }

  private async process(event: SessionEvent): Promise<SessionEvent | undefined> {
    const before = this.current;
    const { state, effects } = transition(before, event, this.context.timings);
    this.current = state;
    if (state.phase !== before.phase || state.attempt !== before.attempt) this.timers.cancelAllBut('session');
    if (state !== before) this.context.onChange(this, before);
    for (const effect of effects) {
      const result = await this.runEffect(effect).catch((error: unknown) => {
        // What an effect can fail with it returns as an event. Whatever else happens must not keep the session from ending.
        this.logger.error(
          `the step "${effect.do}" failed; this is a fault of the service, please report it`,
          {
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          },
        );
      });
      if (result) return result;
    }
    return undefined;
  }

  private async runEffect(effect: Effect): Promise<SessionEvent | undefined> {
    switch (effect.do) {
      case 'schedule':
        this.timers.schedule(effect.timer, effect.afterMs);
        return undefined;
      case 'scheduleReconnect':
        this.scheduleReconnect(effect.ceilingMs);
        return undefined;
      case 'showCode':
        this.show(effect);
        return undefined;
      case 'hideCode':
        this.hide();
        return undefined;
      case 'finish':
        await this.finish(effect);
        return undefined;
      case 'releasePairingSlot':
        this.timers.cancel('session');
        break;
      default:
    }
    return this.context.effects.run(effect, this);
  }

  private show(effect: Extract<Effect, { do: 'showCode' }>): void {
    const { step: type, value, sequence, of, lifeMs } = effect;
    const kept = this.shown?.expiresAt;
    const expiresAt =
      lifeMs === null && kept ? kept : new Date(this.context.clock.now().getTime() + (lifeMs ?? 0));
    this.shown = { type, value, sequence, of, expiresAt };
    this.context.onChange(this, this.current);
  }

  private hide(): void {
    if (!this.shown) return;
    this.shown = null;
    this.context.onChange(this, this.current);
  }

  private scheduleReconnect(ceilingMs: number): void {
    const afterMs = Math.round(Math.random() * ceilingMs);
    this.timers.schedule('retry', afterMs);
    this.logger.debug(`tries again in ${(afterMs / 1000).toFixed(1)} s`, { retryInMs: afterMs });
  }

  private async finish(effect: Effect): Promise<void> {
    this.timers.cancelAllBut();
    this.shown = null;
    if (this.current.phase !== 'ended') return;
    await this.context.effects.run(effect, this);
    const { outcome } = this.current;
    try {
      await this.context.onEnded(this, outcome);
    } finally {
      this.resolveEnded(outcome);
      this.context.onChange(this, this.current);
    }
  }
}
