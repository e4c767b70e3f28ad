import type { SimulatorProcess } from '../../simulator/simulator-process.js';
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

  override async abandon(account: string): Promise<void> {
    await this.process.ask('abandon', account);
  }

  override async leave(account: string): Promise<void> {
    await this.process.ask('leave', account);
  }
}
