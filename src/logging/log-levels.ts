/**
 * The levels of the service's log, the most important first. The log shows the configured level and those before it;
 * `silent` shows none.
 */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
