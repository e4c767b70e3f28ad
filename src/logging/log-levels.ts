/** The least important lines that the service's log shows, from few to all; `silent` shows none. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
