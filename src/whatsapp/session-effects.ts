import { Logger } from '@nestjs/common';
import { AccountDirectory, AUTH_STATE_FAILURE } from './account-directory.js';
import { disconnectPolicy } from './domain/disconnect-policy.js';
import { AttemptOver, AuthStateCorrupt, StorageFailed } from './domain/errors.js';
import type { Failure } from './domain/failure.js';
import type { Effect, SessionEvent } from './domain/session-state.js';
import { AuthStateStore, AuthStateWriter } from './ports/auth-state.store.js';
import { Clock } from './ports/clock.js';
import { ConfigRepository } from './ports/config.repository.js';
import { PairingSlots } from './ports/pairing-slots.js';
import { AcceptedDevice, Attempt, WhatsappGateway } from './ports/whatsapp.gateway.js';
import type { EffectRunner, Session } from './session.js';
import { WebVersions } from './web-versions.js';

export interface EffectPorts {
  readonly gateway: WhatsappGateway;
  readonly store: AuthStateStore;
  readonly config: ConfigRepository;
  readonly slots: PairingSlots;
  readonly clock: Clock;
  readonly directory: AccountDirectory;
  readonly webVersions: WebVersions;
}

interface PendingAcceptance {
  readonly device: AcceptedDevice;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

const STORAGE_FAILURE = disconnectPolicy({ kind: 'storage_failed' }, 'pairing').failure;

const START_FAILURE: Failure = {
  code: 'session_start_failed',
  message: 'The session could not be started.',
  userAction: 'contact_operator',
};

function startFailure(error: unknown): Failure {
  if (error instanceof StorageFailed) return STORAGE_FAILURE;
  return error instanceof AuthStateCorrupt ? AUTH_STATE_FAILURE : START_FAILURE;
}

/** Carries out the effects of one session: holds its socket and the writer that belongs to it, and nothing else. */
export class SessionEffects implements EffectRunner {
  private readonly logger = new Logger('WhatsappSession');
  private attempt: Attempt | null = null;
  private writer: AuthStateWriter | null = null;
  private pending: PendingAcceptance | null = null;
  private previousGone: Promise<void> = Promise.resolve();

  constructor(private readonly ports: EffectPorts) {}

  async run(effect: Effect, session: Session): Promise<SessionEvent | undefined> {
    switch (effect.do) {
      case 'open':
        return this.open(effect, session);
      case 'cut':
        this.attempt?.cut();
        await this.letGo('drop');
        return undefined;
      case 'end':
        await this.attempt?.end();
        await this.letGo('drain');
        return undefined;
      case 'storeAccepted':
        return this.storeAccepted(session);
      case 'recordOpen':
        await this.recordOpen(session, effect.phone);
        return undefined;
      case 'logout':
        this.logout(session);
        return undefined;
      case 'erase':
        return this.erase(session);
      case 'leavePairing':
        await this.ports.slots.free(session.hold);
        return undefined;
      case 'finish':
        // Whoever follows, a replacement or the release of the hold, comes after the last socket.
        await this.previousGone;
        return undefined;
      default:
        return undefined;
    }
  }

  private async open(
    { attempt, link }: Extract<Effect, { do: 'open' }>,
    session: Session,
  ): Promise<SessionEvent | undefined> {
    const { accountId } = session.hold;
    // One socket per account: the one before is gone before the next one is made.
    await this.previousGone;
    try {
      const credentials = link === 'stored' ? await this.ports.store.load(accountId) : null;
      if (link === 'stored' && !credentials) throw new Error('no credentials are stored');
      this.writer = await this.ports.store.open(session.hold);
      this.attempt = await this.ports.gateway.open({
        accountId,
        attempt,
        credentials,
        webVersion: this.ports.webVersions.current(),
        writer: this.writer,
        onEvent: (event) => void session.send({ ...event, attempt }),
        onAccepted: (device) => this.accept(device, attempt, session),
      });
      return undefined;
    } catch (error) {
      await this.letGo('drop');
      this.logger.error(`${accountId}: attempt ${attempt} could not be started: ${String(error)}`);
      return { type: 'startFailed', attempt, failure: startFailure(error) };
    }
  }

  private async letGo(mode: 'drain' | 'drop'): Promise<void> {
    const { attempt, writer } = this;
    this.attempt = null;
    this.writer = null;
    if (attempt) this.previousGone = attempt.gone;
    await writer?.close(mode);
  }

  /** The gateway holds WhatsApp's reply until this resolves. */
  private accept(device: AcceptedDevice, attempt: number, session: Session): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { device, resolve, reject };
      this.pending = pending;
      void session.send({ type: 'acceptRequested', attempt }).then(() => {
        // Whatever came first (a stop, the end of the code) has ended this attempt: nothing is stored, no reply leaves.
        if (this.pending === pending) this.pending = null;
        reject(new AttemptOver());
      });
    });
  }

  private async storeAccepted(session: Session): Promise<SessionEvent | undefined> {
    const { pending, writer } = this;
    const { attempt } = session.state;
    this.pending = null;
    if (!pending || !writer) return undefined;
    const { credentials, keys, phone } = pending.device;
    try {
      const connector = { phone, linkedAt: this.ports.clock.now() };
      await writer.write({ credentials, keys, connector, powerSafe: true });
    } catch (error) {
      pending.reject(error instanceof Error ? error : new StorageFailed({ cause: error }));
      return { type: 'closed', attempt, end: { kind: 'storage_failed' } };
    }
    this.ports.directory.link(session.hold.accountId, phone);
    pending.resolve();
    return { type: 'stored', attempt };
  }

  private async recordOpen(session: Session, phone: string): Promise<void> {
    const { accountId } = session.hold;
    const { directory, config, clock } = this.ports;
    directory.link(accountId, phone);
    try {
      const now = clock.now();
      const confirmedAt = (await config.find(accountId))?.confirmedAt ?? now;
      await config.update(accountId, { confirmedAt, lastConnectedAt: now, lastError: null, parked: null });
    } catch (error) {
      // The connection serves the account all the same; the next open writes it again.
      this.logger.warn(`${accountId}: the connection is open but could not be recorded: ${String(error)}`);
    }
  }

  private logout(session: Session): void {
    const { attempt } = session.state;
    const done = this.attempt?.logout() ?? Promise.resolve();
    void done
      .catch((error: unknown) => {
        this.logger.warn(
          `${session.hold.accountId}: the logout failed, remove the device on the phone: ${String(error)}`,
        );
      })
      .then(() => session.send({ type: 'loggedOut', attempt }));
  }

  private async erase(session: Session): Promise<SessionEvent | undefined> {
    const { accountId } = session.hold;
    try {
      const writer = await this.ports.store.open(session.hold);
      try {
        await writer.erase();
      } finally {
        await writer.close('drop');
      }
    } catch (error) {
      this.logger.error(`${accountId}: the stored credentials could not be deleted: ${String(error)}`);
      return { type: 'eraseFailed' };
    }
    this.ports.directory.unlink(accountId);
    return undefined;
  }
}
