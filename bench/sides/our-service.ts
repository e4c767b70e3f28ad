import { monotonicMs } from '../support/clock.js';
import { HttpClient } from '../support/http-client.js';
import type { MeasuredProcess } from '../support/measured-process.js';
import { type FirstCode, Side, type SimulatorAddress } from './side.js';

const API = '/api/whatsapp';

/** The standalone service, driven over HTTP as its clients do. */
export class OurService extends Side {
  private readonly http: HttpClient;

  private constructor(
    process: MeasuredProcess,
    readonly url: string,
  ) {
    super(process);
    this.http = new HttpClient(url);
  }

  static async start(
    simulator: SimulatorAddress,
    folder: string,
    program = 'sides/our-service.program.js',
  ): Promise<OurService> {
    const process = Side.launch(program, simulator, folder);
    return new OurService(process, await process.request<string>('url'));
  }

  override async pair(accountId: string): Promise<FirstCode> {
    const begun = monotonicMs();
    await this.http.post(`${API}/pair`, { accountId });
    const qr = await this.http.get<{ value: string }>(
      `${API}/pair/qr?accountId=${accountId}&format=json&waitMs=30000`,
    );
    const ms = monotonicMs() - begun;
    return { qr: qr.value, ms, fromNothingMs: ms };
  }

  override async stopPairing(accountId: string): Promise<void> {
    await this.http.post(`${API}/pair/stop`, { accountId });
  }

  override async logOut(accountId: string): Promise<void> {
    await this.http.post(`${API}/disconnect`, { accountId });
  }

  /** When the last of them was connected (`machineMs`), as the process itself saw it. */
  allConnectedAt(accounts: readonly string[], withinMs: number): Promise<number> {
    return this.process.request('allConnectedAt', accounts, withinMs);
  }

  /** When the account was connected again (`machineMs`). To be asked before its connection is cut. */
  reconnectedAt(account: string): Promise<number> {
    return this.process.request('reconnectedAt', account);
  }

  /** Shuts down in good order, as a supervisor would have it; what is left is `stop`. */
  async shutDown(): Promise<void> {
    await this.process.request('shutDown');
  }

  override async stop(): Promise<void> {
    this.http.close();
    await super.stop();
  }
}
