import { Injectable } from '@nestjs/common';
import type { AccountLogger } from '../accounts/account-logger.js';
import { AccountRegistry } from '../accounts/account-registry.js';
import type { ErasureRecord, Undated } from '../domain/account.js';
import { AttemptOver, AuthStateCorrupt, DeviceRefused, StorageFailed } from '../domain/errors.js';
import type { Failure } from '../domain/failure.js';
import { FAILURES } from '../domain/session/disconnect-policy.js';
import type { Effect, SessionEvent, SessionState } from '../domain/session/session-state.js';
import type { WebVersion } from '../domain/web-version.js';
import type { AccountLease } from '../ports/account-leases.js';
import type { AuthStateWriter } from '../ports/auth-state.store.js';
import { PairingSlots } from '../ports/pairing-slots.js';
import { WhatsappGateway, type AcceptedDevice, type Attempt } from '../ports/whatsapp.gateway.js';
import { LoginThrottle, type LoginSlot } from './login-throttle.js';
import { WebVersions } from './web-versions.js';
import { causeMessage, causeOf } from '../domain/cause-of.js';

/** The services that the effects of every session use. */
@Injectable()
export class EffectServices {
  constructor(
    readonly gateway: WhatsappGateway,
    readonly registry: AccountRegistry,
    readonly slots: PairingSlots,
    readonly webVersions: WebVersions,
    readonly loginThrottle: LoginThrottle,
  ) {}
}

/** The part of a session that its effects need. */
export interface SessionHandle {
  readonly lease: AccountLease;
  readonly logger: AccountLogger;
  readonly state: SessionState;
  send(event: SessionEvent): Promise<void>;
}

/** A device that WhatsApp accepted, while the gateway waits for the decision to store or reject it. */
interface PendingAcceptance {
  readonly device: AcceptedDevice;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

function startFailure(error: unknown): Failure {
  if (error instanceof StorageFailed) return FAILURES.storage_failed;
  return error instanceof AuthStateCorrupt ? FAILURES.auth_state_corrupt : FAILURES.session_start_failed;
}

/**
 * Runs the effects of one session that involve WhatsApp, the store or other sessions. Owns the session's socket and its
 * writer. Some methods return their result as an event for the session.
 */
export class SessionEffects {
  private attempt: Attempt | null = null;
  private version: WebVersion;
  private loginSlot: LoginSlot | null = null;
  private writer: AuthStateWriter | null = null;
  private pending: PendingAcceptance | null = null;
  /** Resolves when the TCP connection of the previous attempt is closed. */
  private previousClosed: Promise<void> = Promise.resolve();

  constructor(
    private readonly services: EffectServices,
    private readonly session: SessionHandle,
  ) {
    this.version = services.webVersions.current();
  }

  async open({
    attempt,
    link,
    phoneNumber,
  }: Extract<Effect, { do: 'open' }>): Promise<SessionEvent | undefined> {
    const { session } = this;
    const { accountId } = session.lease;
    // One socket per account: the previous TCP connection must be closed before the next one opens.
    await this.previousClosed;
    this.version = this.services.webVersions.current();
    try {
      const credentials = link === 'new' ? null : await this.services.registry.credentials(accountId);
      if (link !== 'new' && !credentials) throw new Error('no credentials are stored');
      this.writer = await this.services.registry.openWriter(session.lease);
      this.attempt = await this.services.gateway.open({
        accountId,
        attempt,
        credentials,
        phoneNumber: phoneNumber ?? null,
        webVersion: this.version,
        writer: this.writer,
        onEvent: (event) => void session.send({ ...event, attempt }),
        onMessage: (message) => {
          this.services.registry.countMessage(accountId, message);
        },
        onAccepted: (device) => this.accept(device, attempt),
      });
      return undefined;
    } catch (error) {
      await this.detachAttempt('drop');
      // The store refuses a writer to a session whose lease is lost.
      if (error instanceof AttemptOver) return { type: 'leaseLost' };
      session.logger.error('session start failed; check the disk of the data directory', {
        error: reasonOf(error),
      });
      return { type: 'startFailed', attempt, failure: startFailure(error) };
    }
  }

  waitForLoginSlot(): void {
    const { session } = this;
    const { attempt } = session.state;
    this.releaseLoginSlot();
    this.loginSlot = this.services.loginThrottle.request(
      () => void session.send({ type: 'loginSlot', attempt }),
    );
  }

  refreshVersion(): void {
    const { session } = this;
    const { attempt } = session.state;
    void this.services.webVersions
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
    await this.previousClosed;
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
    try {
      await this.services.registry.accept(session.lease.accountId, writer, pending.device);
    } catch (error) {
      pending.reject(error instanceof Error ? error : new StorageFailed({ cause: error }));
      return { type: 'closed', attempt, end: { kind: 'storage_failed' } };
    }
    pending.resolve();
    return { type: 'stored', attempt };
  }

  async recordConnected(): Promise<void> {
    this.releaseLoginSlot();
    await this.services.webVersions.reachedOpen(this.version);
    await this.services.registry.markConnected(this.session.lease.accountId);
  }

  /** @param until the account must not reconnect before this time; null: the stored time stays unchanged */
  async recordFailure(failure: Failure, until: Date | null): Promise<void> {
    const parked = until === null ? undefined : { until };
    await this.services.registry.markFailed(this.session.lease.accountId, failure, parked);
  }

  /** Resolves when the logout has been sent, without waiting for the answer. The event `loggedOut` has the result. */
  async logout(): Promise<void> {
    const { session } = this;
    await this.services.registry.markLogoutSent(session.lease.accountId);
    const { attempt } = session.state;
    const done = this.attempt?.logout() ?? Promise.reject(new AttemptOver());
    void done
      .then(
        () => true,
        (error: unknown) => {
          session.logger.debug('logout was not confirmed by WhatsApp', { error: reasonOf(error) });
          return false;
        },
      )
      .then((confirmed) => session.send({ type: 'loggedOut', attempt, confirmed }));
  }

  async releasePairingSlot(): Promise<void> {
    await this.services.slots.free(this.session.lease);
  }

  async erase(record: Undated<ErasureRecord> | null): Promise<SessionEvent | undefined> {
    const { session } = this;
    try {
      await this.services.registry.erase(session.lease, record);
    } catch (error) {
      session.logger.error('deletion of the stored credentials failed; check the disk and disconnect again', {
        error: reasonOf(error),
      });
      return { type: 'eraseFailed' };
    }
    return undefined;
  }

  private async detachAttempt(mode: 'drain' | 'drop'): Promise<void> {
    const { attempt, writer } = this;
    this.attempt = null;
    this.writer = null;
    this.releaseLoginSlot();
    if (attempt) this.previousClosed = attempt.closed;
    await writer?.close(mode);
  }

  private releaseLoginSlot(): void {
    this.loginSlot?.release();
    this.loginSlot = null;
  }

  /**
   * Lets the session decide on a device that WhatsApp accepted. The gateway sends its reply only after this resolves,
   * which `storeAccepted` does when the credentials are on the disk. It rejects when the device is not stored: WhatsApp
   * then gets no reply, and the phone shows no device.
   */
  private accept(device: AcceptedDevice, attempt: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { device, resolve, reject };
      this.pending = pending;
      void this.session.send({ type: 'acceptRequested', attempt, phone: device.phone }).then(() => {
        // The event has been processed. If the promise is still pending, an earlier event ended this attempt, for
        // example a stop or the expiry of the code. The rejection then prevents the reply to WhatsApp.
        if (this.pending === pending) this.pending = null;
        reject(new AttemptOver());
      });
    });
  }
}

/** Returns the error as text with its cause: `StorageFailed` alone does not contain the error of the disk. */
function reasonOf(error: unknown): string {
  return causeOf(error) === error ? String(error) : `${String(error)} (${causeMessage(error)})`;
}
