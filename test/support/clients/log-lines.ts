import type { ServiceProcess } from '../processes/service-process.js';

interface Line {
  readonly level: string;
  readonly accountId?: string;
  readonly msg: string;
  readonly reason?: string;
}

/**
 * What the log has told of an account so far: `level reason`, or the first word where there is none. Only of a service
 * that logs as in production (`IN_PRODUCTION`).
 */
export function lastLogLine({ output }: ServiceProcess, accountId: string): string[] {
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
  return lines
    .filter((line) => line.accountId === accountId && line.level !== 'debug')
    .map(({ level, msg, reason }) => `${level} ${reason ?? (/^\w+/.exec(msg)?.[0] as string)}`);
}

/** Its log only: in production no simulator would be believed. */
export const IN_PRODUCTION = { TEST_JSON_LOG: 'true' };
