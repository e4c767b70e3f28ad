import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../server/connection.js';
import { deleteOldest } from '../server/delete-oldest.js';

/** One reference of a QR code. */
export interface Reference {
  readonly value: string;
  readonly connection: Connection;
  /** End of its validity, on the monotonic clock. */
  readonly expiresAtMs: number;
  used: boolean;
}

interface ReferenceTiming {
  count: number;
  firstMs: number;
  nextMs: number;
  graceMs: number;
}

const MOST_REMOVED = 2000;

/** The references in the QR codes. Each is valid once, for its time, while its connection is open. */
export class ReferenceRegistry {
  private readonly live = new Map<string, Reference>();
  private readonly removed = new Set<string>();

  constructor(private readonly timing: ReferenceTiming) {}

  /** Time from the issue to the end of validity of the last reference. */
  get lifetimeMs(): number {
    const { count, firstMs, nextMs, graceMs } = this.timing;
    return firstMs + (count - 1) * nextMs + graceMs;
  }

  issue(connection: Connection): Reference[] {
    const { count, firstMs, nextMs, graceMs } = this.timing;
    const now = performance.now();
    return Array.from({ length: count }, (_, index) => {
      const expiresAtMs = now + firstMs + index * nextMs + graceMs;
      const value = `2@${randomBytes(58).toString('base64')}`;
      const reference = { value, connection, expiresAtMs, used: false };
      this.live.set(value, reference);
      return reference;
    });
  }

  find(value: string): Reference | 'unknown_reference' | 'companion_gone' {
    return this.live.get(value) ?? (this.removed.has(value) ? 'companion_gone' : 'unknown_reference');
  }

  /** @returns the reason why the reference cannot be scanned now; undefined when it can */
  refusalOf(reference: Reference): 'reused_reference' | 'expired_reference' | undefined {
    if (reference.used) return 'reused_reference';
    return performance.now() > reference.expiresAtMs ? 'expired_reference' : undefined;
  }

  remove(values: string[]): void {
    for (const value of values) {
      if (this.live.delete(value)) this.removed.add(value);
    }
    deleteOldest(this.removed, MOST_REMOVED);
  }
}
