import {
  BeforeApplicationShutdown,
  Injectable,
  OnApplicationShutdown,
  OnModuleDestroy,
} from '@nestjs/common';
import { ConnectionTracker } from './connection-tracker.js';
import { WhatsappAccounts } from '../whatsapp/whatsapp-accounts.js';

/** When the sessions have ended, every call has its answer; what is still open after this is a slow client. */
const LAST_ANSWERS_MS = 500;

/**
 * The end of the service, step by step, in Nest's order: the sessions end (`onModuleDestroy`), the last answers leave (the
 * server closes), the store is let go (`onApplicationShutdown`).
 */
@Injectable()
export class Shutdown implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  private step: 'none' | 'sessions' | 'answers' | 'store' = 'none';
  private destroyTimer: NodeJS.Timeout | null = null;

  constructor(
    private readonly connections: ConnectionTracker,
    private readonly accounts: WhatsappAccounts,
  ) {}

  get isStarted(): boolean {
    return this.step !== 'none';
  }

  /** Nothing new is begun from now on. Repeating does nothing. */
  start(): void {
    if (this.isStarted) return;
    this.step = 'sessions';
    this.connections.rejectNew();
  }

  /** What has not ended yet, for the log. */
  get pending(): string {
    const { connected, reconnecting, pairing } = this.accounts.counts();
    switch (this.step) {
      case 'none':
        return 'everything';
      case 'sessions':
        return `sessions (${connected} connected, ${reconnecting} reconnecting, ${pairing} pairing) and the store`;
      case 'answers':
        return `HTTP requests (${this.connections.unanswered}) and the store`;
      case 'store':
        return 'the store';
    }
  }

  onModuleDestroy(): void {
    this.start();
  }

  beforeApplicationShutdown(): void {
    this.step = 'answers';
    this.destroyTimer = setTimeout(() => {
      this.connections.destroyAll();
    }, LAST_ANSWERS_MS);
  }

  onApplicationShutdown(): void {
    this.step = 'store';
    if (this.destroyTimer) clearTimeout(this.destroyTimer);
  }
}
