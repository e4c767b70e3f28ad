import { ROWS } from './api-rows.js';
import type { Call, DocumentedApi } from '../clients/documented-api.js';
import { MINE, type Shown } from '../secrets/test-credentials.js';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Everything that was said. */
  readonly text: string;
  readonly challenge: string | null;
}

/** The routes of the API, called as their rows say, with whatever is shown. */
export class GuardedRoutes {
  /** @param linkId of the link that is revoked by the route for it */
  constructor(
    private readonly api: DocumentedApi,
    private readonly linkId: string,
  ) {}

  /** @returns the status */
  async press(id: string, shown: Shown, accountId: string = MINE): Promise<number> {
    return (await this.#answer(id, shown, accountId)).response.status;
  }

  async refuse(id: string, shown: Shown, accountId: string = MINE): Promise<Refusal> {
    const { response, value } = await this.#answer(id, shown, accountId);
    return {
      status: response.status,
      code: (value as { readonly code: string }).code,
      text: JSON.stringify(value),
      challenge: response.headers.get('www-authenticate'),
    };
  }

  /** How long it takes until all of the answer is there. */
  async ms(id: string, shown: Shown, accountId: string): Promise<number> {
    const call = this.#call(id, shown, accountId);
    const startMs = performance.now();
    await (await this.api.send(this.api.operation(id), call)).arrayBuffer();
    return performance.now() - startMs;
  }

  #answer(id: string, shown: Shown, accountId: string): ReturnType<DocumentedApi['exchange']> {
    return this.api.exchange(this.api.operation(id), this.#call(id, shown, accountId));
  }

  #call(id: string, headers: Shown, accountId: string): Call {
    return { places: { linkId: this.linkId }, ...ROWS[id]?.call(accountId), headers };
  }
}
