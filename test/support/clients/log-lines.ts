import type { ServiceProcess } from '../processes/service-process.js';

interface Line {
  readonly level: string;
  readonly accountId?: string;
  readonly msg: string;
  readonly reason?: string;
}

/**
 * The log lines of an account so far, each as `level reason`, or with the first word where there is no reason. The
 * service must log as in production (`IN_PRODUCTION`).
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

/** Sets only the log as in production, because a service in production does not trust a simulator. */
export const IN_PRODUCTION = { TEST_JSON_LOG: 'true' };
