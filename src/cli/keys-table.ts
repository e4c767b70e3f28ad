import type { ListedKey } from '../security/keys/key-request.js';

const HEAD = ['ID', 'NAME', 'STATE', 'SCOPES', 'ACCOUNTS', 'CREATED (UTC)', 'EXPIRES', 'LAST USED'];

/** Returns a table of keys for the operator, one key a line. */
export function keysTable(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'There are no keys. Calls need no authentication.';
  const table = [HEAD, ...keys.map(rowOf)];
  const widths = table.reduce(
    (all, row) => all.map((width, i) => Math.max(width, row[i]?.length ?? 0)),
    HEAD.map(() => 0),
  );
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowOf(key: ListedKey): string[] {
  return [
    key.id,
    key.name,
    key.state,
    key.scopes.join(','),
    key.accounts?.join(',') ?? 'all',
    minute(key.createdAt) ?? 'configured',
    minute(key.expiresAt) ?? 'never',
    minute(key.lastUsedAt) ?? 'never',
  ];
}

function minute(time: string | null): string | undefined {
  return time?.slice(0, 16).replace('T', ' ');
}
