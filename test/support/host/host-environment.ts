import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from '../processes/simulator.js';
import { HostProcess } from './host-process.js';
import type { HostSettings } from './host.program.js';

/** A simulator and the host applications that use it, for one test file. */
export class HostEnvironment {
  private readonly hosts: HostProcess[] = [];

  private constructor(
    readonly simulator: Simulator,
    private readonly directory: string,
  ) {}

  static async create(): Promise<HostEnvironment> {
    return new HostEnvironment(await Simulator.start(), await mkdtemp(join(tmpdir(), 'whatsapp-host-')));
  }

  /** Starts a host application with its own data directory. */
  async start(settings: Partial<HostSettings> = {}): Promise<HostProcess> {
    const { url, rootKeyHex } = this.simulator;
    const host = await HostProcess.start({
      dataDirectory: join(this.directory, String(this.hosts.length)),
      server: { url, rootKeyHex },
      ...settings,
    });
    this.hosts.push(host);
    return host;
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()));
    await this.simulator.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
