import { MeasuredProcess } from '../support/measured-process.js';

/** Where a simulator is, whatever process it runs in. */
export interface SimulatorAddress {
  readonly url: string;
  readonly rootKeyHex: string;
}

export interface FirstCode {
  readonly qr: string;
  /** From the call to the code in hand. */
  readonly ms: number;
  /** The same from nothing: with the making of the keys, where that comes before the call. */
  readonly fromNothingMs: number;
}

/** A program that can pair, in a process of its own. */
export abstract class Side {
  protected constructor(protected readonly process: MeasuredProcess) {}

  /** Starts to pair; resolves with the first code. */
  abstract pair(account: string): Promise<FirstCode>;
  /** When the account's connection was open (`machineMs`), as the process itself saw it. To be asked before the scan. */
  connectedAt(account: string): Promise<number> {
    return this.process.request('connectedAt', account);
  }
  /** When the process was made (`machineMs`). */
  get startedAtMs(): number {
    return this.process.startedAtMs;
  }

  /** Gives up a pairing that shows a code. */
  abstract stopPairing(account: string): Promise<void>;
  /** Logs out; nothing of the account is left. */
  abstract logOut(account: string): Promise<void>;

  /** How long 100,000 awaits take in the process. */
  awaitsMs(): Promise<number> {
    return this.process.request('awaits');
  }

  async startPauseMonitor(): Promise<void> {
    await this.process.request('startPauseMonitor');
  }

  longestPauseMs(): Promise<number> {
    return this.process.request('stopPauseMonitor');
  }

  /** What the process has computed since it was made. */
  cpuMs(): Promise<number> {
    return this.process.request('cpu');
  }

  /** The most memory that was ever resident. */
  peakBytes(): Promise<number> {
    return this.process.request('peak');
  }

  /** What stays resident once everything has been collected. */
  residentBytes(): Promise<number> {
    return this.process.request('resident');
  }

  /** What it uses of heap and buffers once everything has been collected. */
  usedBytes(): Promise<number> {
    return this.process.request('used');
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** For whoever starts one: where to connect, and where to keep what has to be kept. */
  protected static launch(program: string, simulator: SimulatorAddress, folder: string): MeasuredProcess {
    return new MeasuredProcess(program, {
      PORT: '0',
      LOG_LEVEL: 'error',
      // Nobody else asks as often.
      WHATSAPP_REQUESTS_PER_MINUTE: '0',
      WHATSAPP_PAIRINGS_PER_MINUTE: '0',
      WHATSAPP_DATA_DIR: folder,
      WHATSAPP_SERVER_URL: simulator.url,
      WHATSAPP_SERVER_ROOT_KEY: simulator.rootKeyHex,
    });
  }
}
