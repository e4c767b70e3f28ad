import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ControlClient } from './control-client.js';

interface Ready {
  url: string;
  rootKey: string;
  control: string;
}

/** The simulator as a child process, from the build. It ends when this process ends, also after a crash. */
export class SimulatorProcess {
  readonly control: ControlClient;

  private constructor(
    private readonly child: ChildProcess,
    private readonly ready: Ready,
  ) {
    this.control = new ControlClient(ready.control);
  }

  /** @param main the path of `dist/simulator/main.js` */
  static async start(main: string, args: readonly string[] = []): Promise<SimulatorProcess> {
    const child = spawn(process.execPath, [main, '--exit-with-parent', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
      throw new Error(`the simulator exited before it was ready (${String(code ?? signal)})`);
    });
    const line = once(lines, 'line').then(([text]: unknown[]) => JSON.parse(String(text)) as Ready);
    const ready = await Promise.race([line, ended]);
    ended.catch(() => undefined);
    lines.close();
    child.stdout.resume();
    return new SimulatorProcess(child, ready);
  }

  get url(): string {
    return this.ready.url;
  }

  get rootKeyHex(): string {
    return this.ready.rootKey;
  }

  get controlUrl(): string {
    return this.ready.control;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
