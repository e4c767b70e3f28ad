import type { SimulatorProcess } from '../../simulator/simulator-process.js';
import type { LogInRequest } from './bare-baileys.program.js';
import { type FirstCode, Side } from './side.js';

/** What one writes after reading Baileys' README: `useMultiFileAuthState`, `makeWASocket`, restart on 515. */
export class BareBaileys extends Side {
  static async start(simulator: SimulatorProcess, folder: string): Promise<BareBaileys> {
    const process = Side.launch('sides/bare-baileys.program.js', simulator, folder);
    await process.ask('ready');
    return new BareBaileys(process);
  }

  override pair(account: string): Promise<FirstCode> {
    return this.process.ask('pair', account);
  }

  /**
   * Each account logs in with what its folder holds, so many at a time: the next one begins when one is open.
   * @returns when the last of them was open (`machineMs`)
   */
  logInAll(accounts: readonly string[], atOnce: number, withinMs: number): Promise<number> {
    const request: LogInRequest = { accounts, atOnce };
    return this.process.ask('logInAll', request, withinMs);
  }

  override async abandon(account: string): Promise<void> {
    await this.process.ask('abandon', account);
  }

  override async leave(account: string): Promise<void> {
    await this.process.ask('leave', account);
  }
}
