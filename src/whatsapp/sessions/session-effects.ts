import { AccountRegistry, AUTH_STATE_FAILURE } from '../accounts/account-registry.js';
import { disconnectPolicy } from '../domain/session/disconnect-policy.js';
import { AttemptOver, AuthStateCorrupt, DeviceRefused, StorageFailed } from '../domain/errors.js';
import type { Failure } from '../domain/failure.js';
import type { ErasureRecord, Undated } from '../domain/account.js';
import type { Effect, SessionEvent, SessionState } from '../domain/session/session-state.js';
import type { WebVersion } from '../domain/web-version.js';
import { AuthStateStore, AuthStateWriter } from '../ports/auth-state.store.js';
import { Clock } from '../ports/clock.js';
import { PairingSlots } from '../ports/pairing-slots.js';
import type { AccountLogger } from '../accounts/account-logger.js';
import type { AccountLease } from '../ports/account-leases.js';
import { AcceptedDevice, Attempt, WhatsappGateway } from '../ports/whatsapp.gateway.js';
import type { LoginThrottle, LoginSlot } from './login-throttle.js';
import { WebVersions } from './web-versions.js';

export interface EffectPorts {
  readonly gateway: WhatsappGateway;
  readonly store: AuthStateStore;
  readonly slots: PairingSlots;
  readonly clock: Clock;
  readonly registry: AccountRegistry;
  readonly webVersions: WebVersions;
  readonly loginThrottle: LoginThrottle;
}

/** The session, as its effects see it. */
export interface SessionHandle {
  readonly lease: AccountLease;
  readonly logger: AccountLogger;
  readonly state: SessionState;
  send(event: SessionEvent): Promise<void>;
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

/**
 * The effects of one session that reach beyond it. Owns the session's socket and the writer that belongs to it, and nothing
 * else. A method that returns an event returns what its result means to the session.
 */
export class SessionEffects {
  private attempt: Attempt | null = null;
  private version: WebVersion;
  private loginSlot: LoginSlot | null = null;
  private writer: AuthStateWriter | null = null;
  private pending: PendingAcceptance | null = null;
  private previousGone: Promise<void> = Promise.resolve();

  constructor(
    private readonly ports: EffectPorts,
    private readonly session: SessionHandle,
  ) {
    this.version = ports.webVersions.current();
  }

  async open({
    attempt,
    link,
    phoneNumber,
  }: Extract<Effect, { do: 'open' }>): Promise<SessionEvent | undefined> {
    const { session } = this;
    const { accountId } = session.lease;
    // One socket per account: the one before is gone before the next one is made.
    await this.previousGone;
    this.version = this.ports.webVersions.current();
    try {
      const credentials = link === 'new' ? null : await this.ports.store.load(accountId);
      if (link !== 'new' && !credentials) throw new Error('no credentials are stored');
      this.writer = await this.ports.store.open(session.lease);
      this.attempt = await this.ports.gateway.open({
        accountId,
        attempt,
        credentials,
        phoneNumber: phoneNumber ?? null,
        webVersion: this.version,
        writer: this.writer,
        onEvent: (event) => void session.send({ ...event, attempt }),
        onAccepted: (device) => this.accept(device, attempt),
      });
      return undefined;
    } catch (error) {
      await this.detachAttempt('drop');
      session.logger.error('the session could not be started here; see to the disk of the data directory', {
        error: reasonOf(error),
      });
      return { type: 'startFailed', attempt, failure: startFailure(error) };
    }
  }

  waitForLoginSlot(): void {
    const { session } = this;
    const { attempt } = session.state;
    this.releaseLoginSlot();
    this.loginSlot = this.ports.loginThrottle.request(
      () => void session.send({ type: 'loginSlot', attempt }),
    );
  }

  refreshVersion(): void {
    const { session } = this;
    const { attempt } = session.state;
    void this.ports.webVersions
      .refreshAfterRefusal(this.version)
      .then((newer) => session.send({ type: 'versionRefreshed', attempt, newer }));
  }

  async destroy(): Promise<void> {
    this.attempt?.destroy();
    await this.detachAttempt('drop');
  }

  async close(): Promise<void> {
    await this.attempt?.close();
    await this.detachAttempt('drain');
  }

  /** Resolves when the TCP connection of the last attempt is closed. */
  async socketsClosed(): Promise<void> {
    await this.previousGone;
  }

  rejectDevice(): void {
    this.pending?.reject(new DeviceRefused());
    this.pending = null;
  }

  async storeAccepted(): Promise<SessionEvent | undefined> {
    const { pending, writer, session } = this;
    const { attempt } = session.state;
    this.pending = null;
    if (!pending || !writer) return undefined;
    const { credentials, keys, phone } = pending.device;
    const linkedAt = this.ports.clock.now();
    try {
      await writer.write({ credentials, keys, connector: { phone, linkedAt }, powerSafe: true });
    } catch (error) {
      pending.reject(error instanceof Error ? error : new StorageFailed({ cause: error }));
      return { type: 'closed', attempt, end: { kind: 'storage_failed' } };
    }
    this.ports.registry.markAccepted(session.lease.accountId, linkedAt);
    pending.resolve();
    return { type: 'stored', attempt };
  }

  async recordConnected(): Promise<void> {
    this.releaseLoginSlot();
    await this.ports.webVersions.reachedOpen(this.version);
    await this.ports.registry.markConnected(this.session.lease.accountId);
  }

  async recordFailure({ failure, parkedForMs }: Extract<Effect, { do: 'recordFailure' }>): Promise<void> {
    const now = this.ports.clock.now().getTime();
    const parked = parkedForMs === null ? undefined : { until: new Date(now + parkedForMs) };
    await this.ports.registry.markFailed(this.session.lease.accountId, failure, parked);
  }

  /** Resolves when the logout is on its way; its result is the event `loggedOut`. */
  async logout(): Promise<void> {
    const { session } = this;
    await this.ports.registry.markLogoutSent(session.lease.accountId);
    const { attempt } = session.state;
    const done = this.attempt?.logout() ?? Promise.reject(new AttemptOver());
    void done
      .then(
        () => true,
        (error: unknown) => {
          session.logger.debug('WhatsApp did not confirm the logout', { error: reasonOf(error) });
          return false;
        },
      )
      .then((confirmed) => session.send({ type: 'loggedOut', attempt, confirmed }));
  }

  async releasePairingSlot(): Promise<void> {
    await this.ports.slots.free(this.session.lease);
  }

  async erase(undated: Undated<ErasureRecord> | null): Promise<SessionEvent | undefined> {
    const { session } = this;
    const { accountId } = session.lease;
    const record = undated && { ...undated, at: this.ports.clock.now() };
    try {
      const writer = await this.ports.store.open(session.lease);
      try {
        await writer.erase(record ?? undefined);
      } finally {
        await writer.close('drop');
      }
    } catch (error) {
      session.logger.error(
        'the stored credentials could not be deleted; see to the disk and disconnect again',
        {
          error: reasonOf(error),
        },
      );
      return { type: 'eraseFailed' };
    }
    this.ports.registry.markErased(accountId, record);
    return undefined;
  }

  private async detachAttempt(mode: 'drain' | 'drop'): Promise<void> {
    const { attempt, writer } = this;
    this.attempt = null;
    this.writer = null;
    this.releaseLoginSlot();
    if (attempt) this.previousGone = attempt.closed;
    await writer?.close(mode);
  }

  private releaseLoginSlot(): void {
    this.loginSlot?.release();
    this.loginSlot = null;
  }

  /** The gateway holds WhatsApp's reply until this resolves. */
  private accept(device: AcceptedDevice, attempt: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { device, resolve, reject };
      this.pending = pending;
      void this.session.send({ type: 'acceptRequested', attempt, phone: device.phone }).then(() => {
        // A stop or the end of the code came first and ended this attempt: nothing is stored, no reply leaves.
        if (this.pending === pending) this.pending = null;
        reject(new AttemptOver());
      });
    });
  }
}

/** With what caused it: `StorageFailed` alone does not tell what the disk said. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? `${String(error)} (${cause.message})` : String(error);
}
