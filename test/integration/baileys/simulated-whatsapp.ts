import type { ControlClient } from '../../../simulator/control-client.js';
import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import { Simulator } from '../../support/processes/simulator.js';
import { GatewayProcess } from './gateway-process.js';

/** A simulator and a gateway that is connected to it, each in its own process. */
export class SimulatedWhatsapp {
  private phones = 0;

  private constructor(
    private readonly simulator: Simulator,
    readonly gateway: GatewayProcess,
  ) {}

  static async start(options: Partial<BaileysOptions> = {}): Promise<SimulatedWhatsapp> {
    const simulator = await Simulator.start();
    const gateway = new GatewayProcess({
      serverUrl: simulator.url,
      serverRootKey: simulator.rootKeyHex,
      keySetsAhead: 1,
      ...options,
    });
    return new SimulatedWhatsapp(simulator, gateway);
  }

  get control(): ControlClient {
    return this.simulator.control;
  }

  newPhone(): string {
    this.phones += 1;
    return `49151000${String(this.phones).padStart(4, '0')}`;
  }

  /** Pairs on `attempt`, and logs in on the next attempt, which is open when this resolves. */
  async link(attempt: number): Promise<string> {
    const phone = this.newPhone();
    await this.gateway.open(attempt);
    await this.control.scan({ qr: await this.gateway.code(attempt), phone });
    await this.gateway.closed(attempt);
    await this.gateway.open(attempt + 1, { stored: true });
    await this.gateway.event(attempt + 1, 'opened');
    return phone;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.simulator.stop();
  }
}
