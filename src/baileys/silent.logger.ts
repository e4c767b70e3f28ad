import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';

function silence(): void {
  // Baileys logs nodes, keys and codes; none of it may reach a log of ours.
}

/** Baileys looks at `level` too: at `trace` it prints every node, at `debug` the ones it does not know. */
export const silentLogger: NonNullable<UserFacingSocketConfig['logger']> = {
  level: 'silent',
  child: () => silentLogger,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};
