import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatorProcess } from '../../simulator/simulator-process.js';
import { ServiceProcess } from './service-process.js';
import type { ServiceOptions } from './service-process.js';

const SIMULATOR = 'dist/simulator/main.js';

/** A simulator, a data directory and the service between them, for one test file. */
export class World {
  private nextPhone = 4_915_100_000_000;

  private constructor(
    readonly simulator: SimulatorProcess,
    readonly dataDir: string,
    private readonly options: Partial<ServiceOptions>,
    public service: ServiceProcess,
  ) {}

  static async create(options: Partial<ServiceOptions> = {}): Promise<World> {
    const simulator = await SimulatorProcess.start(SIMULATOR);
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'whatsapp-pairing-')));
    const service = await ServiceProcess.start({ server: simulator, ...options, dataDir });
    return new World(simulator, dataDir, options, service);
  }

  /** A number that nobody has used yet. */
  newPhone(): string {
    return String(this.nextPhone++);
  }

  /** From nothing to an open connection. */
  async link(accountId: string, phone = this.newPhone()): Promise<string> {
    await this.service.pair(accountId);
    const { value } = await this.service.qr(accountId);
    const scan = await this.simulator.control.scan({ phone, qr: value });
    if (!scan.paired) {
      const log = this.service.output.split('\n').filter((line) => line.includes(`${accountId}: `));
      throw new Error(`the phone could not link: ${JSON.stringify(scan)}\n${log.join('\n')}`);
    }
    await this.service.reaches(accountId, 'connected');
    return phone;
  }

  /** Starts the service again on the same data. */
  async restart(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await this.service[how]();
    this.service = await ServiceProcess.start({
      dataDir: this.dataDir,
      server: this.simulator,
      ...this.options,
    });
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.simulator.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
