import { monotonicMs } from '../support/clock.js';
import { HttpClient } from '../support/http-client.js';
import type { MeasuredProcess } from '../support/measured-process.js';
import { type FirstCode, Side, type SimulatorAddress } from './side.js';

const API = '/api/whatsapp';

/** A program in `dist/service`: the same bundle as that of `npm start`. */
export type ServiceProgram = 'our-service.program' | 'constant-route.program';

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
    program: ServiceProgram = 'our-service.program',
  ): Promise<OurService> {
    const process = Side.launch(`../service/${program}.js`, simulator, folder);
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

  /** Resolves with the time at which the last account was connected (`monotonicMs`), measured in the service. */
  allConnectedAt(accounts: readonly string[], withinMs: number): Promise<number> {
    return this.process.request('allConnectedAt', accounts, withinMs);
  }

  /**
   * Resolves with the time at which the account was connected again (`monotonicMs`). Call it before the connection is
   * cut.
   */
  reconnectedAt(account: string): Promise<number> {
    return this.process.request('reconnectedAt', account);
  }

  /** Shuts the service down gracefully. The process itself ends with `stop`. */
  async shutDown(): Promise<void> {
    await this.process.request('shutDown');
  }

  override async stop(): Promise<void> {
    this.http.close();
    await super.stop();
  }
}
