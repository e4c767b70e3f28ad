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

/** Error codes whose refusals are in the audit trail. */
const VISIBLE = ['scope_missing', 'account_forbidden', 'number_forbidden'];

/**
 * Number of each completed action, and the refusals. Equal refusals are in the trail once a minute, so they are not
 * counted.
 */
export interface AuditSummary {
  readonly done: Readonly<Record<string, number>>;
  readonly refused: readonly string[];
}

function summarize(done: readonly string[], refused: readonly string[]): AuditSummary {
  const counts: Record<string, number> = {};
  for (const line of [...done].sort()) counts[line] = (counts[line] ?? 0) + 1;
  return { done: counts, refused: [...new Set(refused)].sort() };
}

/** The changes and refusals according to the answers of the service. */
export class ExpectedAudit {
  private readonly done: string[] = [];
  private readonly refused: string[] = [];

  get changes(): number {
    return this.done.length;
  }

  record({ shown: { by } }: FuzzRequest, { status, body }: Reply, route: Route | null): void {
    if (!route?.action || !by) return;
    const { accountId, code } = JSON.parse(body) as { accountId?: string; code?: string };
    if (status === 200) this.done.push(`${by.id} ${route.action} ${String(accountId)}`);
    else if (code !== undefined && VISIBLE.includes(code))
      this.refused.push(`${by.id} ${route.action} ${code}`);
  }

  summary(): AuditSummary {
    return summarize(this.done, this.refused);
  }

  /** Returns the same summary from the audit trail. @param without the holder whose entries are ignored */
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
