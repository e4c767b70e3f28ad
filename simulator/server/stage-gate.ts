import { setTimeout as sleep } from 'node:timers/promises';
import {
  isVariation,
  isWireAction,
  type FaultAction,
  type StageAction,
  type Variation,
  type WireAction,
} from '../faults/actions.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { Stage, When } from '../faults/stages.js';
import type { Connection } from './connection.js';
import type { HoldRegistry } from './hold-registry.js';
import type { Metrics } from './metrics.js';

export interface Act {
  /** @returns whether the connection can still be spoken to */
  (connection: Connection, action: WireAction): Promise<boolean>;
}

type Pause = Exclude<StageAction, Variation>;

/** The one place where a stage meets its faults. */
export class StageGate {
  constructor(
    private readonly plan: FaultPlan,
    private readonly holds: HoldRegistry,
    private readonly metrics: Metrics,
    private readonly act: Act,
  ) {}

  /**
   * `effect` is all that the stage does; a fault that changes it is handed in.
   * @throws {FlowStopped} when a fault, or the client, ended the course of the stage
   */
  async perform(
    connection: Connection,
    stage: Stage,
    effect: (variation: Variation | undefined) => void | Promise<void>,
  ): Promise<void> {
    const variation = await this.pass(connection, stage, 'before');
    await effect(variation);
    await this.pass(connection, stage, 'after');
  }

  private async pass(connection: Connection, stage: Stage, when: When): Promise<Variation | undefined> {
    connection.lastStage = { stage, when };
    this.metrics.pass(stage, when);
    let variation: Variation | undefined;
    for (const action of this.plan.take(stage, when, connection.known())) {
      this.metrics.tell(connection.id, `${when} ${stage}: ${action.type}`);
      if (isVariation(action)) variation = action;
      else await this.strike(connection, stage, when, action);
    }
    return variation;
  }

  private async strike(
    connection: Connection,
    stage: Stage,
    when: When,
    action: Exclude<FaultAction, Variation>,
  ): Promise<void> {
    if (isWireAction(action)) {
      if (!(await this.act(connection, action))) throw new FlowStopped(action.type);
      if (action.type === 'freeze') await this.thaw(connection);
      return;
    }
    await this.pause(connection, stage, when, action);
  }

  private async thaw(connection: Connection): Promise<void> {
    await connection.wire.thawed();
    if (connection.wire.gone.aborted) throw new FlowStopped('gone while frozen');
  }

  private async pause(connection: Connection, stage: Stage, when: When, action: Pause): Promise<void> {
    switch (action.type) {
      case 'silent':
        throw new FlowStopped('silent');
      case 'delay':
        await sleep(action.ms, undefined, { signal: connection.wire.gone }).catch(() => {
          throw new FlowStopped('gone while delayed');
        });
        return;
      case 'hold': {
        const outcome = await this.holds.wait(stage, when, connection.known(), connection.wire.gone);
        if (outcome === 'continue' || (outcome === 'gone' && action.whenGone === 'continue')) return;
        if (outcome === 'cut') connection.wire.cut();
        throw new FlowStopped(`hold ended: ${outcome}`);
      }
    }
  }
}
