import { MeasuredProcess } from '../support/measured-process.js';

/** The address and root key of a simulator. */
export interface SimulatorAddress {
  readonly url: string;
  readonly rootKeyHex: string;
}

export interface FirstCode {
  readonly qr: string;
  /** From the call to the code. */
  readonly ms: number;
  /** The same time, plus the creation of keys when that comes before the call. */
  readonly fromNothingMs: number;
}

/** A program that can pair accounts, in its own process. */
export abstract class Side {
  protected constructor(protected readonly process: MeasuredProcess) {}

  /** Starts a pairing. Resolves with the first code. */
  abstract pair(account: string): Promise<FirstCode>;
  /**
   * Resolves with the time at which the connection was open (`monotonicMs`), measured in the process. Call it before
   * the scan.
   */
  connectedAt(account: string): Promise<number> {
    return this.process.request('connectedAt', account);
  }
  /** Start time of the process (`monotonicMs`). */
  get startedAtMs(): number {
    return this.process.startedAtMs;
  }

  /** Stops a pairing that shows a code. */
  abstract stopPairing(account: string): Promise<void>;
  /** Logs out and removes all data of the account. */
  abstract logOut(account: string): Promise<void>;

  /** Duration of 100,000 awaits in the process. */
  awaitsMs(): Promise<number> {
    return this.process.request('awaits');
  }

  async startPauseMonitor(): Promise<void> {
    await this.process.request('startPauseMonitor');
  }

  longestPauseMs(): Promise<number> {
    return this.process.request('stopPauseMonitor');
  }

  /** Processor time of the process since its start. */
  cpuMs(): Promise<number> {
    return this.process.request('cpu');
  }

  /** Highest resident memory since the start. */
  peakBytes(): Promise<number> {
    return this.process.request('peak');
  }

  /** Resident memory after garbage collection. */
  residentBytes(): Promise<number> {
    return this.process.request('resident');
  }

  /** Heap and buffers in use after garbage collection. */
  usedBytes(): Promise<number> {
    return this.process.request('used');
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** Starts a program with the address of the simulator and its data directory. */
  protected static launch(program: string, simulator: SimulatorAddress, folder: string): MeasuredProcess {
    return new MeasuredProcess(program, {
      PORT: '0',
      LOG_LEVEL: 'error',
      // No limits: a benchmark calls more often than a client.
      WHATSAPP_REQUESTS_PER_MINUTE: '0',
      WHATSAPP_PAIRINGS_PER_MINUTE: '0',
      WHATSAPP_DATA_DIR: folder,
      WHATSAPP_SERVER_URL: simulator.url,
      WHATSAPP_SERVER_ROOT_KEY: simulator.rootKeyHex,
    });
  }
}
