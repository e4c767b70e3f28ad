import { randomUUID } from 'node:crypto';
import type { PairingStep } from '../domain/pairing.js';
import type {
  Effect,
  Outcome,
  SessionEvent,
  SessionState,
  TimerName,
} from '../domain/session/session-state.js';
import type { SessionTimings } from '../domain/session/session-timings.js';
import { NEW_SESSION, transition } from '../domain/session/transition.js';
import { AccountLogger } from '../accounts/account-logger.js';
import type { AccountLease } from '../ports/account-leases.js';
import type { Clock, Timer } from '../ports/clock.js';
import { SessionEffects, type EffectServices, type SessionHandle } from './session-effects.js';

/** The dependencies and callbacks of one session. */
export interface SessionContext {
  readonly lease: AccountLease;
  readonly clock: Clock;
  readonly timings: SessionTimings;
  /** Called after each change of the state or the step. `before` is the previous state. */
  readonly onChange: (session: Session, before: SessionState) => void;
  /** Called once, when the last socket is closed; records the outcome and releases the lease. */
  readonly onEnded: (session: Session, outcome: Outcome) => Promise<void>;
}

/** An event in the queue, with the callback for the caller of `send`. */
interface QueuedEvent {
  readonly event: SessionEvent;
  readonly processed: () => void;
}

/**
 * One account's conversation with WhatsApp, over one socket or several in sequence. It processes one event at a time.
 * New events wait in a queue until all effects of the current event are done. So no event sees a state whose effects
 * are incomplete.
 */
export class Session implements SessionHandle {
  /** Unique across sessions, also of the same account: part of the ETag of a code. */
  readonly id = randomUUID();
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly logger: AccountLogger;
  private current: SessionState = NEW_SESSION;
  private shown: PairingStep | null = null;
  private readonly queue: QueuedEvent[] = [];
  private isProcessing = false;
  private readonly timers: SessionTimers;
  private readonly effects: SessionEffects;
  private readonly whenEnded: Promise<Outcome>;
  private resolveEnded!: (outcome: Outcome) => void;

  constructor(
    private readonly context: SessionContext,
    services: EffectServices,
  ) {
    const { clock, timings } = context;
    this.startedAt = clock.now();
    this.logger = new AccountLogger(context.lease.accountId, () => this.current.attempt);
    this.expiresAt = new Date(this.startedAt.getTime() + timings.sessionLimitMs);
    this.timers = new SessionTimers(clock, (timer) => void this.send({ type: 'due', timer }));
    this.effects = new SessionEffects(services, this);
    this.whenEnded = new Promise((resolve) => (this.resolveEnded = resolve));
  }

  get lease(): AccountLease {
    return this.context.lease;
  }

  get state(): SessionState {
    return this.current;
  }

  /** The user's next action; null while there is none. */
  get step(): PairingStep | null {
    return this.shown;
  }

  /** Resolves when the session has ended and released everything: socket closed, writer closed, lease released. */
  get over(): Promise<Outcome> {
    return this.whenEnded;
  }

  /** Adds an event to the queue. Resolves when the event and all its effects have been processed. Never rejects. */
  send(event: SessionEvent): Promise<void> {
    return new Promise((resolve) => {
      this.queue.push({ event, processed: resolve });
      if (!this.isProcessing) void this.processQueue();
    });
  }

  private async processQueue(): Promise<void> {
    this.isProcessing = true;
    for (let queued = this.queue.shift(); queued; queued = this.queue.shift()) {
      let next: SessionEvent | undefined = queued.event;
      while (next) next = await this.process(next);
      queued.processed();
    }
    this.isProcessing = false;
  }

  /** Applies one event. Readers see the new state before its effects run. Returns the event of an effect, if any. */
  private async process(event: SessionEvent): Promise<SessionEvent | undefined> {
    const before = this.current;
    const { state, effects } = transition(before, event, this.context.timings);
    this.current = state;
    if (state.phase !== before.phase || state.attempt !== before.attempt) this.timers.cancelAllBut('session');
    if (state !== before) this.context.onChange(this, before);
    for (const effect of effects) {
      const result = await this.runEffect(effect).catch((error: unknown) => {
        // An effect returns expected failures as events. An unexpected error is logged, so that the session can still
        // end.
        this.logger.error(
          `session effect "${effect.do}" failed; this is a fault of the service, please report it`,
          {
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          },
        );
      });
      if (result) return result;
    }
    return undefined;
  }

  /** Runs one effect. When it returns an event, that event is processed next and the remaining effects are dropped. */
  private async runEffect(effect: Effect): Promise<SessionEvent | undefined> {
    const { effects, timers } = this;
    switch (effect.do) {
      case 'open':
        return effects.open(effect);
      case 'storeAccepted':
        return effects.storeAccepted();
      case 'erase':
        return effects.erase(effect.record);
      case 'waitForLoginSlot':
        effects.waitForLoginSlot();
        break;
      case 'refreshVersion':
        effects.refreshVersion();
        break;
      case 'destroy':
        await effects.destroy();
        break;
      case 'close':
        await effects.close();
        break;
      case 'rejectDevice':
        effects.rejectDevice();
        break;
      case 'recordConnected':
        await effects.recordConnected();
        break;
      case 'recordFailure':
        await effects.recordFailure(
          effect.failure,
          effect.parkedForMs === null ? null : this.after(effect.parkedForMs),
        );
        break;
      case 'logout':
        await effects.logout();
        break;
      case 'releasePairingSlot':
        timers.cancel('session');
        await effects.releasePairingSlot();
        break;
      case 'schedule':
        timers.schedule(effect.timer, effect.afterMs);
        break;
      case 'scheduleReconnect':
        this.scheduleReconnect(effect.ceilingMs);
        break;
      case 'showCode':
        this.show(effect);
        break;
      case 'hideCode':
        this.hide();
        break;
      case 'finish':
        await this.finish();
        break;
      default:
        effect satisfies never;
    }
    return undefined;
  }

  private show(effect: Extract<Effect, { do: 'showCode' }>): void {
    const { step: type, value, sequence, of, lifeMs } = effect;
    const kept = this.shown?.expiresAt;
    const expiresAt = lifeMs === null && kept ? kept : this.after(lifeMs ?? 0);
    this.shown = { type, value, sequence, of, expiresAt };
    this.context.onChange(this, this.current);
  }

  private hide(): void {
    if (!this.shown) return;
    this.shown = null;
    this.context.onChange(this, this.current);
  }

  private after(delayMs: number): Date {
    return new Date(this.context.clock.now().getTime() + delayMs);
  }

  private scheduleReconnect(ceilingMs: number): void {
    const afterMs = Math.round(Math.random() * ceilingMs);
    this.timers.schedule('retry', afterMs);
    this.logger.debug(`reconnect scheduled in ${(afterMs / 1000).toFixed(1)} s`, { retryInMs: afterMs });
  }

  private async finish(): Promise<void> {
    this.timers.cancelAllBut();
    this.shown = null;
    if (this.current.phase !== 'ended') return;
    // The lease is released, and a replacement can start, only after the last socket is closed: one socket per account.
    await this.effects.socketsClosed();
    const { outcome } = this.current;
    try {
      await this.context.onEnded(this, outcome);
    } finally {
      this.resolveEnded(outcome);
    }
  }
}

/** The timers of one session, by name. Starting a timer replaces the one of the same name. */
class SessionTimers {
  private readonly running = new Map<TimerName, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (timer: TimerName) => void,
  ) {}

  schedule(name: TimerName, afterMs: number): void {
    this.cancel(name);
    this.running.set(
      name,
      this.clock.after(afterMs, () => {
        this.running.delete(name);
        this.onDue(name);
      }),
    );
  }

  cancel(name: TimerName): void {
    this.running.get(name)?.cancel();
    this.running.delete(name);
  }

  /** Cancels the timers of a phase when it ends; only the given one continues. */
  cancelAllBut(kept?: TimerName): void {
    for (const name of [...this.running.keys()]) if (name !== kept) this.cancel(name);
  }
}
