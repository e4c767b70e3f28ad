import { setTimeout as sleep } from 'node:timers/promises';
import {
  isVariation,
  isWireAction,
  type FaultAction,
  type QueryErrorStage,
  type StageAction,
  type Variation,
  type WireAction,
} from '../faults/actions.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { Stage, When } from '../faults/stages.js';
import { iqError, type Stanza } from '../wire/stanza.js';
import type { Connection } from './connection.js';
import type { HoldRegistry } from './hold-registry.js';
import type { Metrics } from './metrics.js';

interface PerformWireAction {
  /** @returns whether the server can still send on the connection */
  (connection: Connection, action: WireAction): Promise<boolean>;
}

type FlowAction = Exclude<StageAction, Variation>;

/** Runs the stages of all connections, and applies the planned faults before and after each of them. */
export class StageRunner {
  constructor(
    private readonly plan: FaultPlan,
    private readonly holds: HoldRegistry,
    private readonly metrics: Metrics,
    private readonly performWireAction: PerformWireAction,
  ) {}

  /**
   * Runs one stage.
   * @param effect the work of the stage; gets the variation when a fault changes it
   * @throws {FlowStopped} when a fault or the client stopped the stage
   */
  async run(
    connection: Connection,
    stage: Stage,
    effect: (variation: Variation | undefined) => void | Promise<void>,
  ): Promise<void> {
    const variation = await this.applyFaults(connection, stage, 'before');
    await effect(variation);
    await this.applyFaults(connection, stage, 'after');
  }

  /**
   * Runs the stage of a query. A `query_error` answers the query instead of the effect.
   * @throws {FlowStopped} as `run` does
   */
  async runQuery(
    connection: Connection,
    stage: QueryErrorStage,
    query: Stanza,
    effect: () => Promise<void>,
  ): Promise<void> {
    await this.run(connection, stage, async (variation) => {
      if (variation?.type === 'query_error') {
        await connection.send(iqError(query, variation.code, variation.text ?? 'simulated'));
      } else await effect();
    });
  }

  private async applyFaults(
    connection: Connection,
    stage: Stage,
    when: When,
  ): Promise<Variation | undefined> {
    connection.lastStage = { stage, when };
    this.metrics.countStage(stage, when);
    let variation: Variation | undefined;
    for (const action of this.plan.dueActions(stage, when, connection.info())) {
      this.metrics.record(connection.id, `${when} ${stage}: ${action.type}`);
      if (isVariation(action)) variation = action;
      else await this.apply(connection, stage, when, action);
    }
    return variation;
  }

  private async apply(
    connection: Connection,
    stage: Stage,
    when: When,
    action: Exclude<FaultAction, Variation>,
  ): Promise<void> {
    if (isWireAction(action)) {
      if (!(await this.performWireAction(connection, action))) throw new FlowStopped(action.type);
      if (action.type === 'freeze') await this.waitForThaw(connection);
      return;
    }
    await this.applyStageAction(connection, stage, when, action);
  }

  private async waitForThaw(connection: Connection): Promise<void> {
    await connection.transport.waitForThaw();
    if (connection.transport.closed.aborted) throw new FlowStopped('closed while frozen');
  }

  private async applyStageAction(
    connection: Connection,
    stage: Stage,
    when: When,
    action: FlowAction,
  ): Promise<void> {
    switch (action.type) {
      case 'silent':
        throw new FlowStopped('silent');
      case 'delay':
        await sleep(action.ms, undefined, { signal: connection.transport.closed }).catch(() => {
          throw new FlowStopped('closed while delayed');
        });
        return;
      case 'hold': {
        const outcome = await this.holds.wait(stage, when, connection);
        if (outcome === 'continue' || (outcome === 'closed' && action.whenGone === 'continue')) return;
        if (outcome === 'cut') connection.transport.destroy();
        throw new FlowStopped(`hold ended: ${outcome}`);
      }
    }
  }
}
