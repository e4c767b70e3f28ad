import { deepStrictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { FailureCode } from '../../../src/whatsapp/domain/failure.js';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { TestEnvironment } from '../../support/processes/test-environment.js';
import { observedStateOf, type ObservedState, type ExpectedState } from './expected-state.js';

/** The service detects a connection that stopped answering within 90 s. A back-off and a login follow. */
const SETTLED_WITHIN_MS = 120_000;
/** Interval between two checks. It is long because many accounts wait at the same time. */
const PAUSE_MS = 250;
const REMEMBERED_ACTIONS = 12;

/** An account of the soak test, with its expected state. */
export class SoakedAccount extends LinkedAccount {
  expected: ExpectedState = { is: 'unlinked' };
  /** Its device on the phone. The phone may still show it after a logout that WhatsApp did not confirm. */
  deviceJid: string | null = null;
  /** The last message to each other account: the device, and the time. */
  readonly wroteTo = new Map<SoakedAccount, { readonly deviceJid: string | null; readonly atMs: number }>();
  private readonly history: string[] = [];

  constructor(setup: TestEnvironment, accountId: string) {
    super(setup, accountId, setup.newPhone());
  }

  /** The latest actions, for error messages. */
  get recentActions(): string {
    return this.history.join(' → ');
  }

  recordAction(action: string): void {
    this.history.push(action);
    if (this.history.length > REMEMBERED_ACTIONS) this.history.shift();
  }

  /** Sets the expected state and waits for it. @throws Error with the observed state */
  async waitForState(state: ExpectedState = this.expected): Promise<void> {
    this.expected = state;
    const { control } = this.setup.simulator;
    const { phone } = this;
    if (state.is === 'linked') await control.isMet({ kind: 'online', phone, connections: 1 }, 30_000);
    const expected = observedStateOf(state, phone);
    let found: ObservedState | undefined;
    await eventually(
      async () => isDeepStrictEqual((found = await this.observed()), expected),
      SETTLED_WITHIN_MS,
      () => `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
      PAUSE_MS,
    );
  }

  /** Waits until the account reports this error. */
  async waitForError(error: FailureCode): Promise<void> {
    let last: string | null = null;
    await eventually(
      async () => (last = (await this.observed()).error) === error,
      SETTLED_WITHIN_MS,
      () => `its error is ${String(last)} instead of ${error}`,
      PAUSE_MS,
    );
  }

  async observed(): Promise<ObservedState> {
    const { service } = this.setup;
    const { status, authExists, serviceConnected, servicePhone } = await service.status(this.accountId);
    const { error } = (await service.view(this.accountId)).body as { error: { code: string } | null };
    return { status, authExists, serviceConnected, servicePhone, error: error?.code ?? null };
  }

  /** Checks that the phone shows exactly the device of the service, with one connection while it is connected. */
  async verifyPhone(): Promise<void> {
    const shown = (await this.devices()).map(({ jid, connections }) => [jid, connections.length]);
    const has = this.expected.is === 'linked' || this.expected.is === 'parked';
    // An unconfirmed logout may have reached WhatsApp or not, so the phone may show the device or not.
    if (!has && shown.length === 0) return;
    const live = this.expected.is === 'linked' ? 1 : 0;
    deepStrictEqual(shown, this.deviceJid === null ? [] : [[this.deviceJid, live]]);
  }

  /**
   * Starts a pairing.
   * @param numbers `phoneNumber` or `expectedPhoneNumber`
   * @returns false when the service has no free place for a pairing
   */
  async pair(numbers: object = {}): Promise<boolean> {
    const { status, body } = await this.setup.service.pair(this.accountId, numbers);
    if (status === 429 && (body as { code: string }).code === 'too_many_sessions') return false;
    this.assertOk('pair', status, body);
    return true;
  }

  async stop(): Promise<void> {
    const { status, body } = await this.setup.service.stopPairing(this.accountId);
    this.assertOk('stop', status, body);
  }

  async disconnect(): Promise<void> {
    const { status, body } = await this.setup.service.disconnect(this.accountId);
    this.assertOk('disconnect', status, body);
  }

  private assertOk(call: string, status: number, body: unknown): void {
    if (status !== 200) throw new Error(`${call}: ${status} ${JSON.stringify(body)}`);
  }
}
