import { ControlServer } from './control/control-server.js';
import { routes } from './control/routes.js';
import { CHAT_PATH } from './handshake/web-socket-listener.js';
import type { SimulationOptions } from './simulation/components.js';
import { Simulation } from './simulation/simulation.js';

export interface SimulatorOptions extends SimulationOptions {
  /** Port of the WhatsApp server. Default 0: any free port. */
  port?: number;
  /** Port of the control API. Default 0: any free port. */
  controlPort?: number;
}

/** The simulation with its two listeners: the WhatsApp server and the control API, both on loopback. */
export class WhatsappSimulator extends Simulation {
  private readonly control = new ControlServer(routes(this));
  private port = 0;
  private controlPort = 0;

  static async start(options: SimulatorOptions = {}): Promise<WhatsappSimulator> {
    const simulator = new WhatsappSimulator(options);
    simulator.port = await simulator.listen(options.port ?? 0);
    try {
      simulator.controlPort = await simulator.control.listen(options.controlPort ?? 0);
    } catch (error) {
      await simulator.stop();
      throw error;
    }
    return simulator;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}${CHAT_PATH}`;
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.controlPort}`;
  }

  override async stop(): Promise<void> {
    await Promise.all([super.stop(), this.control.close()]);
  }
}
