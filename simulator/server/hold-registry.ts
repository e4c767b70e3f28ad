import type { ConnectionInfo } from '../faults/fault-plan.js';
import type { Stage, When } from '../faults/stages.js';
import type { ChangeNotifier } from './change-notifier.js';
import type { Connection } from './connection.js';

/** A connection that waits at a stage. */
export interface Hold {
  id: number;
  stage: Stage;
  when: When;
  connection: ConnectionInfo;
}

export interface HoldFilter {
  id?: number;
  stage?: Stage;
  when?: When;
}

/** How a held stage continues: `continue` runs it; `silent` and `cut` are the actions of the same name. */
export type ReleaseAs = 'continue' | 'silent' | 'cut';

type Outcome = ReleaseAs | 'closed';

/** The connections that a fault holds at a stage. */
export class HoldRegistry {
  private readonly waiting = new Map<number, { hold: Hold; resolve: (outcome: Outcome) => void }>();
  private nextId = 1;

  constructor(private readonly changes: ChangeNotifier) {}

  /** Resolves when the hold is released; with `closed` when the client closes the connection first. */
  async wait(stage: Stage, when: When, connection: Connection): Promise<Outcome> {
    const id = this.nextId++;
    let removeCloseListener: (() => void) | undefined;
    const outcome = await new Promise<Outcome>((resolve) => {
      removeCloseListener = connection.transport.onClose(() => {
        resolve('closed');
      });
      this.waiting.set(id, { hold: { id, stage, when, connection: connection.info() }, resolve });
      this.changes.notify();
    });
    removeCloseListener?.();
    this.waiting.delete(id);
    this.changes.notify();
    return outcome;
  }

  list(filter: HoldFilter = {}): Hold[] {
    return [...this.waiting.values()].map(({ hold }) => hold).filter((hold) => matchesFilter(filter, hold));
  }

  release(filter: HoldFilter, as: ReleaseAs): number {
    const released = this.list(filter);
    for (const { id } of released) this.waiting.get(id)?.resolve(as);
    return released.length;
  }
}

function matchesFilter(filter: HoldFilter, hold: Hold): boolean {
  return (
    (filter.id === undefined || filter.id === hold.id) &&
    (filter.stage === undefined || filter.stage === hold.stage) &&
    (filter.when === undefined || filter.when === hold.when)
  );
}
