import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';

function silence(): void {
  // Printing is not what is compared.
}

export const silentLogger: NonNullable<UserFacingSocketConfig['logger']> = {
  level: 'silent',
  child: () => silentLogger,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};
