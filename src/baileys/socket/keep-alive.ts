import { DEF_TAG_PREFIX, S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';
import type { KeepAliveTimings } from '../baileys.options.js';

/**
 * Sends a query.
 * @param answered called when the answer arrives
 * @returns a function that stops listening for the answer
 */
type Probe = (answered: () => void) => () => void;

/** The extra time after the deadline, in which data that arrived meanwhile is read before the timeout is reported. */
const RECHECK_MS = 500;
/** A timer that fires later than this shows that the process was suspended or very busy. */
const SUSPENDED_MS = 1_000;
const JITTER = 0.2;

/**
 * Detects an open connection that stopped answering.
 * Only answers count: a socket can receive data for days after the server stopped reading it (Baileys#2491). Only
 * monotonic time counts: a change of the wall clock ends nothing. Time during which the process was suspended does
 * not count: afterwards a new ping is sent.
 */
export class KeepAlive {
  private timer: NodeJS.Timeout | null = null;
  private stopListening: (() => void) | null = null;
  private state: 'new' | 'running' | 'stopped' = 'new';

  constructor(
    private readonly timings: KeepAliveTimings,
    private readonly send: Probe,
    private readonly onTimeout: () => void,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /** Starts the pings. Does nothing when it is repeated, or called after `stop`. */
  start(): void {
    if (this.state !== 'new') return;
    this.state = 'running';
    this.scheduleProbe();
  }

  stop(): void {
    this.state = 'stopped';
    this.clear();
  }

  private scheduleProbe(): void {
    this.clear();
    const { everyMs } = this.timings;
    this.timer = setTimeout(
      () => {
        this.sendProbe();
      },
      everyMs * (1 - JITTER + 2 * JITTER * Math.random()),
    );
  }

  private sendProbe(): void {
    this.clear();
    this.stopListening = this.send(() => {
      if (this.state === 'running') this.scheduleProbe();
    });
    this.awaitAnswer(this.timings.answerMs, () => {
      this.awaitAnswer(RECHECK_MS, () => {
        this.stop();
        this.onTimeout();
      });
    });
  }

  private awaitAnswer(ms: number, onDeadline: () => void): void {
    const dueMs = this.monotonicMs() + ms;
    this.timer = setTimeout(() => {
      if (this.monotonicMs() - dueMs > SUSPENDED_MS) this.sendProbe();
      else onDeadline();
    }, ms);
  }

  private clear(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.stopListening?.();
    this.stopListening = null;
  }
}

/**
 * Sends the ping of Baileys' own keep-alive. Any answer counts, also an error: it shows that the server reads.
 * @returns a function that stops listening for the answer
 */
export function sendPing(socket: WASocket, answered: () => void): () => void {
  const id = socket.generateMessageTag();
  const answer = `${DEF_TAG_PREFIX}${id}`;
  socket.ws.once(answer, answered);
  socket
    .sendNode({
      tag: 'iq',
      attrs: { id, to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' },
      content: [{ tag: 'ping', attrs: {} }],
    })
    // A ping that was not sent gets no answer, so the timeout covers this error.
    .catch(() => undefined);
  return () => {
    socket.ws.off(answer, answered);
  };
}
