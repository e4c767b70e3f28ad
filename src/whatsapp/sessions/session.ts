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
import { SessionEffects, type EffectPorts, type SessionHandle } from './session-effects.js';

export interface SessionContext {
  readonly lease: AccountLease;
  readonly clock: Clock;
  readonly timings: SessionTimings;
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
export class Session implements SessionHandle {
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
  private readonly effects: SessionEffects;
  private readonly whenEnded: Promise<Outcome>;
  private resolveEnded!: (outcome: Outcome) => void;

  constructor(
    private readonly context: SessionContext,
    ports: EffectPorts,
  ) {
    const { clock, timings } = context;
    this.startedAt = clock.now();
    this.logger = new AccountLogger(context.lease.accountId, () => this.current.attempt);
    this.expiresAt = new Date(this.startedAt.getTime() + timings.sessionLimitMs);
    this.timers = new SessionTimers(clock, (timer) => void this.send({ type: 'due', timer }));
    this.effects = new SessionEffects(ports, this);
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

  /** @returns the event that the result of the effect means; the effects after it are then dropped */
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
        await effects.recordFailure(effect);
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

  private async finish(): Promise<void> {
    this.timers.cancelAllBut();
    this.shown = null;
    if (this.current.phase !== 'ended') return;
    // What follows, a replacement or the release of the lease, comes after the last socket.
    await this.effects.socketsClosed();
    const { outcome } = this.current;
    try {
      await this.context.onEnded(this, outcome);
    } finally {
      this.resolveEnded(outcome);
      this.context.onChange(this, this.current);
    }
  }
}

/** The timers of one session; each has a name, and setting it again replaces it. */
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

  /** Timers of a phase end with it; only the session's own deadline goes on. */
  cancelAllBut(kept?: TimerName): void {
    for (const name of [...this.running.keys()]) if (name !== kept) this.cancel(name);
  }
}
