import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';

function noop(): void {
  // The comparison must not include the cost of printing.
}

/** A logger for Baileys that prints nothing. */
export const silentLogger: NonNullable<UserFacingSocketConfig['logger']> = {
  level: 'silent',
  child: () => silentLogger,
  trace: noop,
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
};
