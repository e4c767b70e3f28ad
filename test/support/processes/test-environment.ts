import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceView } from '../../../simulator/state/state-view.js';
import { eventually } from '../eventually.js';
import { ServiceProcess } from './service-process.js';
import type { ServiceOptions } from './service-process.js';
import { Simulator } from './simulator.js';

/** A simulator, a data directory and a service that uses both, for one test file. */
export class TestEnvironment {
  private nextPhone = 4_915_100_000_000;

  private constructor(
    readonly simulator: Simulator,
    readonly dataDir: string,
    private readonly options: Partial<ServiceOptions>,
    public service: ServiceProcess,
  ) {}

  /** @param beside an environment whose simulator this one shares; its service and accounts are separate */
  static async create(
    options: Partial<ServiceOptions> = {},
    beside?: TestEnvironment,
  ): Promise<TestEnvironment> {
    const simulator = beside?.simulator ?? (await Simulator.start());
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'whatsapp-pairing-')));
    try {
      const service = await ServiceProcess.start({ server: simulator, ...options, dataDir });
      return new TestEnvironment(simulator, dataDir, options, service);
    } catch (error) {
      if (!beside) await simulator.stop();
      throw error;
    }
  }

  /** Returns a phone number that is not used yet. */
  newPhone(): string {
    return String(this.nextPhone++);
  }

  /** Links an account, and waits until it is connected. @returns the phone number */
  async link(accountId: string, phone = this.newPhone()): Promise<string> {
    await this.service.pair(accountId);
    const { value } = await this.service.qr(accountId);
    const scan = await this.simulator.control.scan({ phone, qr: value });
    if (!scan.paired) {
      const log = this.service.output
        .split('\n')
        .filter((line) => line.includes(`${accountId} #`) || line.includes(`"${accountId}"`));
      throw new Error(`the phone could not link the device: ${JSON.stringify(scan)}\n${log.join('\n')}`);
    }
    await this.service.reaches(accountId, 'connected');
    return phone;
  }

  /** Links many accounts, each to its own phone. @param atOnce at most ten, the limit of simultaneous pairings */
  async linkAll(accountIds: readonly string[], atOnce = 10): Promise<Record<string, string>> {
    const phones: Record<string, string> = {};
    const waiting = [...accountIds];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        phones[next] = await this.link(next);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return phones;
  }

  /** Returns the device that the phone shows. */
  async device(phone: string): Promise<DeviceView | undefined> {
    const { devices } = await this.simulator.control.state();
    return devices.find((device) => device.phone === phone);
  }

  /** Waits until the account's device has logged in this number of times, and is connected. */
  async isBack(accountId: string, phone: string, logins: number, withinMs = 10_000): Promise<void> {
    let seen: DeviceView | undefined;
    await eventually(
      async () => {
        seen = await this.device(phone);
        return seen?.logins === logins && seen.connections.length === 1;
      },
      withinMs,
      () => `${accountId} has logged in ${String(seen?.logins)} times, not ${logins}`,
    );
    await this.service.reaches(accountId, 'connected');
  }

  /** Ends the service and starts it again on the same data. @param options replace the options of `create` */
  async restart(how: 'stop' | 'kill' = 'stop', options: Partial<ServiceOptions> = {}): Promise<void> {
    await this.service[how]();
    this.service = await ServiceProcess.start({
      dataDir: this.dataDir,
      server: this.simulator,
      ...this.options,
      ...options,
    });
  }

  /**
   * Runs `work`.
   * @throws its error, with `where`, the end of the simulator's journal and the end of the service's log
   */
  async withDiagnostics(where: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const journal = (await this.simulator.control.journal())
        .slice(-80)
        .map(({ at, connectionId, event }) => `${at.slice(17)} ${String(connectionId)} ${event}`);
      const text = [`${where}: ${String(error)}`, ...journal, this.service.output.slice(-8_000)];
      throw new Error(text.join('\n'), { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.simulator.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
