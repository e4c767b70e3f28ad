/**
 * What is said between a service and a command that copies its store. The command asks; the service answers `copy` when
 * the file stands still (before that `wait`, when another copy is being made); the command says `copied`; the service
 * says whether the file was `kept` all the time or has `changed`. Who hangs up has ended it.
 */
export const BACKUP_WORDS = {
  ask: 'backup 1',
  wait: 'wait',
  copy: 'copy',
  copied: 'copied',
  kept: 'kept',
  changed: 'changed',
  failed: 'failed',
} as const;

/** How long copying may take. Meanwhile the service's log grows. */
export const COPY_LIMIT_MS = 120_000;
