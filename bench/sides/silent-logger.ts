import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';

function noop(): void {
  // Printing is not what is compared.
}

export const silentLogger: NonNullable<UserFacingSocketConfig['logger']> = {
  level: 'silent',
  child: () => silentLogger,
  trace: noop,
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
};
