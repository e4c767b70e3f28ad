import { Inject, Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../ports/clock.js';
import { WHATSAPP_OPTIONS, type WhatsappOptions } from '../whatsapp-options.js';

const SIMULTANEOUS = 20;
const PER_SECOND = 150;

/** A login slot: requested, then granted, then released. */
export interface LoginSlot {
  /** Releases the slot, or cancels the request when it is not granted yet. Repeating does nothing. */
  release(): void;
}

/**
 * Limits the reconnects of all accounts together: the number of simultaneous logins, and the number of logins started
 * per second, evenly spaced. A thousand accounts that drop together then do not flood the server. Requests are granted
 * in the order of their arrival.
 */
@Injectable()
export class LoginThrottle {
  private readonly simultaneous: number;
  private readonly gapMs: number;
  private readonly waiting = new Set<() => void>();
  private running = 0;
  private nextAtMs = 0;
  private pause: Timer | null = null;

  constructor(
    @Inject(WHATSAPP_OPTIONS) { reconnects = {} }: WhatsappOptions,
    private readonly clock: Clock,
  ) {
    this.simultaneous = positive('simultaneous', reconnects.simultaneous ?? SIMULTANEOUS);
    this.gapMs = 1_000 / positive('perSecond', reconnects.perSecond ?? PER_SECOND);
  }

  /** @param onGranted called once when the slot is granted, never before this method has returned */
  request(onGranted: () => void): LoginSlot {
    let granted = false;
    let over = false;
    const grant = (): void => {
      granted = true;
      onGranted();
    };
    this.waiting.add(grant);
    queueMicrotask(() => {
      this.serve();
    });
    return {
      release: () => {
        if (over) return;
        over = true;
        this.waiting.delete(grant);
        if (granted) this.running -= 1;
        this.serve();
      },
    };
  }

  private serve(): void {
    if (this.pause) {
      if (this.waiting.size > 0) return;
      this.pause.cancel();
      this.pause = null;
    }
    for (const grant of this.waiting) {
      if (this.running >= this.simultaneous) return;
      const leftMs = this.nextAtMs - this.clock.monotonicMs();
      if (leftMs > 0) {
        this.pause = this.clock.after(leftMs, () => {
          this.pause = null;
          this.serve();
        });
        return;
      }
      this.waiting.delete(grant);
      this.running += 1;
      this.nextAtMs = this.clock.monotonicMs() + this.gapMs;
      grant();
    }
  }
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new TypeError(`reconnects.${name} must be a positive number.`);
  return value;
}
