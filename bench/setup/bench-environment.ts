import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SimulatorProcess } from '../../simulator/simulator-process.js';
import { BareBaileys } from '../sides/bare-baileys.js';
import { OurService, type ServiceProgram } from '../sides/our-service.js';
import type { Side, SimulatorAddress } from '../sides/side.js';
import type { MeasuredProcess } from '../support/measured-process.js';

const SIMULATOR = fileURLToPath(new URL('../../simulator/main.js', import.meta.url));

/** The environment of one question: a simulator, a folder, and all processes that the question starts. */
export class BenchEnvironment {
  private readonly processes: { stop(): Promise<void> }[] = [];
  private phones = 4_915_200_000_000;
  private folders = 0;

  private constructor(
    readonly simulator: SimulatorProcess,
    private readonly root: string,
  ) {}

  static async create(): Promise<BenchEnvironment> {
    const root = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-bench-'));
    return new BenchEnvironment(await SimulatorProcess.start(SIMULATOR), root);
  }

  /** Starts the service from the build on an empty folder. */
  async service(program?: ServiceProgram): Promise<OurService> {
    return this.track(await OurService.start(this.simulator, this.folder(), program));
  }

  /** Starts the service on an existing folder. */
  async serviceOn(folder: string): Promise<OurService> {
    return this.track(await OurService.start(this.simulator, folder));
  }

  /** Starts the service with another simulator than the shared one. */
  async serviceAgainst(simulator: SimulatorAddress): Promise<OurService> {
    return this.track(await OurService.start(simulator, this.folder()));
  }

  /** @param folder existing folders of accounts. Default: an empty folder */
  async bareBaileys(folder = this.folder()): Promise<BareBaileys> {
    return this.track(await BareBaileys.start(this.simulator, folder));
  }

  stopAtEnd(process: MeasuredProcess): MeasuredProcess {
    return this.track(process);
  }

  /** Returns the path of a new folder, which does not exist yet. */
  folder(): string {
    return join(this.root, String(this.folders++));
  }

  /** Scans with a new phone. @returns its number @throws Error when the phone did not link the device */
  async scan(qr: string): Promise<string> {
    const phone = String(this.phones++);
    const scan = await this.simulator.control.scan({ phone, qr, waitMs: 60_000 });
    if (!scan.paired) throw new Error(`the phone did not link the device: ${scan.reason}`);
    return phone;
  }

  /** Links an account, up to the open connection. @returns the number of its phone */
  async link(side: Side, account: string): Promise<string> {
    const { qr } = await side.pair(account);
    const [phone] = await Promise.all([this.scan(qr), side.connectedAt(account)]);
    return phone;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.processes.map((process) => process.stop()));
    await this.simulator.stop();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  private track<T extends { stop(): Promise<void> }>(process: T): T {
    this.processes.push(process);
    return process;
  }
}
