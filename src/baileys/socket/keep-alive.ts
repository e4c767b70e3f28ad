export interface KeepAliveTimings {
  /** From the last answer to the next question, give or take a fifth: a thousand accounts do not ask in step. */
  readonly everyMs: number;
  /** How long an answer may take. */
  readonly answerMs: number;
}

/**
 * Asks the other side something.
 * @param answered called when the answer arrives
 * @returns stops listening for the answer
 */
export type Probe = (answered: () => void) => () => void;

/** After the deadline: what arrived in the meantime is read before anybody is called deaf. */
const RECHECK_MS = 500;
/** A timer that fires later than this was not late because of us: the process stood still, or was very busy. */
const SUSPENDED_MS = 1_000;
const JITTER = 0.2;

/**
 * Finds a connection that is open and answers nothing. Only answers count: a socket can go on receiving for days while the
 * server has stopped listening to it (Baileys#2491). Only monotonic time counts: a clock that is set ends nothing. And
 * silence counts only while we were there to hear it: after a stop of the process the question is asked again.
 */
export class KeepAlive {
  private timer: NodeJS.Timeout | null = null;
  private forget: (() => void) | null = null;
  private state: 'new' | 'running' | 'stopped' = 'new';

  constructor(
    private readonly timings: KeepAliveTimings,
    private readonly ask: Probe,
    private readonly onDeaf: () => void,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /** Repeating does nothing, and neither does starting after `stop`. */
  start(): void {
    if (this.state !== 'new') return;
    this.state = 'running';
    this.scheduleProbe();
  }

  stop(): void {
    this.state = 'stopped';
    this.settle();
  }

  private scheduleProbe(): void {
    this.settle();
    const { everyMs } = this.timings;
    this.timer = setTimeout(
      () => {
        this.probe();
      },
      everyMs * (1 - JITTER + 2 * JITTER * Math.random()),
    );
  }

  private probe(): void {
    this.settle();
    this.forget = this.ask(() => {
      if (this.state === 'running') this.scheduleProbe();
    });
    this.awaitAnswer(this.timings.answerMs, () => {
      this.awaitAnswer(RECHECK_MS, () => {
        this.stop();
        this.onDeaf();
      });
    });
  }

  private awaitAnswer(ms: number, inVain: () => void): void {
    const dueMs = this.monotonicMs() + ms;
    this.timer = setTimeout(() => {
      if (this.monotonicMs() - dueMs > SUSPENDED_MS) this.probe();
      else inVain();
    }, ms);
  }

  private settle(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.forget?.();
    this.forget = null;
  }
}
