import type { SimulatorProcess } from '../../simulator/simulator-process.js';
import type { LogInRequest } from './bare-baileys.program.js';
import { type FirstCode, Side } from './side.js';

/** What one writes after reading Baileys' README: `useMultiFileAuthState`, `makeWASocket`, restart on 515. */
export class BareBaileys extends Side {
  static async start(simulator: SimulatorProcess, folder: string): Promise<BareBaileys> {
    const process = Side.launch('sides/bare-baileys.program.js', simulator, folder);
    await process.request('ready');
    return new BareBaileys(process);
  }

  override pair(account: string): Promise<FirstCode> {
    return this.process.request('pair', account);
  }

  /**
   * Each account logs in with what its folder holds, so many at a time: the next one begins when one is open.
   * @returns when the last of them was open (`machineMs`)
   */
  logInAll(accounts: readonly string[], atOnce: number, withinMs: number): Promise<number> {
    const request: LogInRequest = { accounts, atOnce };
    return this.process.request('logInAll', request, withinMs);
  }

  override async stopPairing(account: string): Promise<void> {
    await this.process.request('stopPairing', account);
  }

  override async logOut(account: string): Promise<void> {
    await this.process.request('logOut', account);
  }
}
