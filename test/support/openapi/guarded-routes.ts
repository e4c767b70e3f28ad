import { ROWS } from './api-rows.js';
import type { Call, DocumentedApi } from '../clients/documented-api.js';
import { MINE, type Shown } from '../secrets/test-credentials.js';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** The whole body. */
  readonly text: string;
  readonly challenge: string | null;
}

/** Calls the routes of the API as in their rows, with given credentials. */
export class GuardedRoutes {
  /** @param linkId of the link that `revokeLink` revokes */
  constructor(
    private readonly api: DocumentedApi,
    private readonly linkId: string,
  ) {}

  /** @returns the status */
  async press(id: string, shown: Shown, accountId: string = MINE): Promise<number> {
    return (await this.answer(id, shown, accountId)).response.status;
  }

  async refuse(id: string, shown: Shown, accountId: string = MINE): Promise<Refusal> {
    const { response, value } = await this.answer(id, shown, accountId);
    return {
      status: response.status,
      code: (value as { readonly code: string }).code,
      text: JSON.stringify(value),
      challenge: response.headers.get('www-authenticate'),
    };
  }

  /** The duration of a call, in ms, until its whole answer is received. */
  async ms(id: string, shown: Shown, accountId: string): Promise<number> {
    const call = this.call(id, shown, accountId);
    const startMs = performance.now();
    await (await this.api.send(this.api.operation(id), call)).arrayBuffer();
    return performance.now() - startMs;
  }

  private answer(id: string, shown: Shown, accountId: string): ReturnType<DocumentedApi['exchange']> {
    return this.api.exchange(this.api.operation(id), this.call(id, shown, accountId));
  }

  private call(id: string, headers: Shown, accountId: string): Call {
    return { places: { linkId: this.linkId }, ...ROWS[id]?.call(accountId), headers };
  }
}
