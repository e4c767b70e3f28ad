import type { FuzzRequest } from './fuzz-request.js';
import type { Holder } from './holders.js';
import type { Reply } from './fuzz-connection.js';
import type { Route } from './routes.js';

export interface AuditEntry {
  readonly number: number;
  readonly by: { readonly kind: string; readonly id: string | null };
  readonly action: string;
  readonly accountId: string | null;
  readonly result: string | null;
}

/** Of these stands in the audit trail that they were refused. */
const VISIBLE = ['scope_missing', 'account_forbidden', 'number_forbidden'];

/** How often each thing was done, and what was refused to whom: of refusals that are alike stands there one a minute. */
export interface AuditSummary {
  readonly done: Readonly<Record<string, number>>;
  readonly refused: readonly string[];
}

function summarize(done: readonly string[], refused: readonly string[]): AuditSummary {
  const counts: Record<string, number> = {};
  for (const line of [...done].sort()) counts[line] = (counts[line] ?? 0) + 1;
  return { done: counts, refused: [...new Set(refused)].sort() };
}

/** What was changed, and what was refused to whom, as those heard it who asked for it. */
export class ExpectedAudit {
  readonly #done: string[] = [];
  readonly #refused: string[] = [];

  get changes(): number {
    return this.#done.length;
  }

  record({ shown: { by } }: FuzzRequest, { status, body }: Reply, route: Route | null): void {
    if (!route?.action || !by) return;
    const { accountId, code } = JSON.parse(body) as { accountId?: string; code?: string };
    if (status === 200) this.#done.push(`${by.id} ${route.action} ${String(accountId)}`);
    else if (code !== undefined && VISIBLE.includes(code))
      this.#refused.push(`${by.id} ${route.action} ${code}`);
  }

  summary(): AuditSummary {
    return summarize(this.#done, this.#refused);
  }

  /** The same, as the audit trail has it. @param without whose own doings do not count */
  static summaryOf(entries: readonly AuditEntry[], without: Holder): AuditSummary {
    const others = entries.filter(({ by }) => by.id !== without.id);
    const done = others.filter(({ result }) => result === 'ok');
    const refused = others.filter(({ result }) => VISIBLE.includes(result ?? ''));
    return summarize(
      done.map(({ by, action, accountId }) => `${String(by.id)} ${action} ${String(accountId)}`),
      refused.map(({ by, action, result }) => `${String(by.id)} ${action} ${String(result)}`),
    );
  }
}
