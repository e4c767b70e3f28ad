import { ALL_WA_PATCH_NAMES, type AuthenticationCreds, type WASocket } from '@whiskeysockets/baileys';

/** Baileys' own wait for a history, after which it goes on without one. */
const HISTORY_WAIT_MS = 20_000;

/**
 * Syncs the app state once after an account was linked, and sets `accountSyncCounter`, by which Baileys knows that it
 * is done. Baileys does both only when it reads the history itself. Without a history it begins 20 s after the pending
 * messages have arrived.
 */
export class AppStateSync {
  private started = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly socket: Pick<WASocket, 'ev' | 'resyncAppState' | 'authState'>,
    private readonly onFailure: (error: unknown) => void,
  ) {
    if (this.isDone()) return;
    socket.ev.on('connection.update', ({ receivedPendingNotifications }) => {
      if (!receivedPendingNotifications || this.timer || this.started) return;
      this.timer = setTimeout(() => {
        this.run();
      }, HISTORY_WAIT_MS).unref();
    });
  }

  /** Starts the sync, unless it was started before or an earlier connection has done it. */
  run(): void {
    if (this.started || this.isDone()) return;
    this.stop();
    this.sync().catch(this.onFailure);
  }

  stop(): void {
    this.started = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private async sync(): Promise<void> {
    const { ev, authState } = this.socket;
    await this.socket.resyncAppState([...ALL_WA_PATCH_NAMES], true);
    // With `me`: after an update without it, Baileys announces the device as online.
    const { me, accountSyncCounter = 0 } = authState.creds as Partial<AuthenticationCreds>;
    ev.emit('creds.update', { ...(me && { me }), accountSyncCounter: accountSyncCounter + 1 });
  }

  private isDone(): boolean {
    return this.socket.authState.creds.accountSyncCounter > 0;
  }
}
