import type { SimulatorProcess } from '../../simulator/simulator-process.js';
import type { LogInRequest } from './bare-baileys.program.js';
import { type FirstCode, Side } from './side.js';

/**
 * The other side: a program after Baileys' README, with `useMultiFileAuthState`, `makeWASocket` and a restart on 515.
 */
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
   * Logs every account in from its folder, `atOnce` at a time: the next login begins when one connection is open.
   * @returns the time at which the last connection was open (`monotonicMs`)
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
