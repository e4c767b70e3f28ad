import type { KnownConnection } from '../faults/fault-plan.js';
import type { Stage, When } from '../faults/stages.js';
import type { Changes } from './changes.js';

export interface Hold {
  id: number;
  stage: Stage;
  when: When;
  connection: KnownConnection;
}

export interface HoldFilter {
  id?: number;
  stage?: Stage;
  when?: When;
}

/** `continue` lets the stage happen; the others are the actions of the same name, taken now. */
export type ReleaseAs = 'continue' | 'silent' | 'cut';

type Outcome = ReleaseAs | 'gone';

/** Where connections wait that were told to hold at a stage. */
export class HoldRegistry {
  private readonly waiting = new Map<number, { hold: Hold; leave: (outcome: Outcome) => void }>();
  private nextId = 1;

  constructor(private readonly changes: Changes) {}

  /** Resolves when released, or with `gone` when the client went away first. */
  async wait(stage: Stage, when: When, connection: KnownConnection, gone: AbortSignal): Promise<Outcome> {
    if (gone.aborted) return 'gone';
    const id = this.nextId++;
    const outcome = await new Promise<Outcome>((leave) => {
      gone.addEventListener(
        'abort',
        () => {
          leave('gone');
        },
        { once: true },
      );
      this.waiting.set(id, { hold: { id, stage, when, connection }, leave });
      this.changes.announce();
    });
    this.waiting.delete(id);
    this.changes.announce();
    return outcome;
  }

  list(filter: HoldFilter = {}): Hold[] {
    return [...this.waiting.values()].map(({ hold }) => hold).filter((hold) => admits(filter, hold));
  }

  release(filter: HoldFilter, as: ReleaseAs): number {
    const released = this.list(filter);
    for (const { id } of released) this.waiting.get(id)?.leave(as);
    return released.length;
  }
}

function admits(filter: HoldFilter, hold: Hold): boolean {
  return (
    (filter.id === undefined || filter.id === hold.id) &&
    (filter.stage === undefined || filter.stage === hold.stage) &&
    (filter.when === undefined || filter.when === hold.when)
  );
}
