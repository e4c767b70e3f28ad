import { FlowStopped } from '../faults/flow-stopped.js';
import type { PairSuccessHandler } from '../pairing/pair-success-handler.js';
import { LinkingAttempt } from '../pairing/linking-attempt.js';
import type { CodeExchange } from '../phone/code-exchange.js';
import { readTypedCode } from '../phone/typed-code.js';
import type { Account } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { PairingRefused, type PairingResult } from '../server/pairing-result.js';
import type { PairingOutcome } from '../server/pairing-state.js';
import type { StageRunner } from '../server/stage-runner.js';
import { element, type Stanza } from '../wire/stanza.js';
import type { PhoneCodeRegistry } from './phone-code-registry.js';
import type { FinishOutcome, PhoneCode } from './phone-code.js';

export interface TypeCodeRequest {
  /** Number of the phone into which the code is typed, digits only. */
  phone: string;
  /** Eight letters and digits, with or without the dash, in upper or lower case. */
  code: string;
  /** Operating system of the phone. Default `android`. */
  platform?: string;
  /** Time limit for the companion, up to its signature. Default 15 s. */
  waitMs?: number;
}

interface StartedExchange {
  exchange: CodeExchange;
  finished: Promise<FinishOutcome>;
}

/** Handles a phone code that a user types into the phone, up to its result. */
export class CodeEntryHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly codes: PhoneCodeRegistry,
    private readonly pairSuccess: PairSuccessHandler,
  ) {}

  type({ phone, code: text, platform = 'android', waitMs }: TypeCodeRequest): Promise<PairingResult> {
    this.metrics.count('codesTyped');
    return new LinkingAttempt(this.metrics).run(async (attempt) => {
      const typed = readTypedCode(text);
      if (typed === undefined) throw new PairingRefused('not_a_code');
      const code = this.codes.find(phone);
      if (!code) throw new PairingRefused('no_code_pending');
      if ('refused' in code) {
        attempt.connectionId = code.connectionId;
        throw new PairingRefused(code.refused);
      }
      attempt.connectionId = code.connection.id;
      return this.pair(code, typed, platform, attempt.ended);
    }, waitMs);
  }

  private async pair(
    code: PhoneCode,
    typed: string,
    platform: string,
    signal: AbortSignal,
  ): Promise<PairingOutcome> {
    const { connection, companion } = code;
    const account = this.registry.account(code.phone);
    const { exchange, finished } = await this.sendPrimaryHello(code, typed, account, signal);
    const finish = await finished;
    if ('refused' in finish) throw new PairingRefused(finish.refused);
    const opened = exchange.open(finish.sealedBundle, finish.identityKey);
    if ('refused' in opened) {
      await this.codes.countWrongCode(code);
      throw new PairingRefused(opened.refused);
    }
    code.markUsed();
    return this.pairSuccess.send({ connection, companion, account, advSecret: opened.advSecret, platform });
  }

  private async sendPrimaryHello(
    code: PhoneCode,
    typed: string,
    account: Account,
    attemptEnded: AbortSignal,
  ): Promise<StartedExchange> {
    let result: StartedExchange | undefined;
    await this.stages.run(code.connection, 'primary_hello', async (variation) => {
      if (variation?.type === 'refuse') throw new PairingRefused('refused_on_phone');
      const fault = code.refusal();
      if (fault) throw new PairingRefused(fault);
      if (account.isFull) throw new PairingRefused('too_many_devices');
      const finished = code.waitForFinish(attemptEnded);
      const exchange = await account.phoneDevice.typeCode(typed, code.wrappedKey);
      result = { exchange, finished };
      await code.connection.sendNotification('link_code_companion_reg', primaryHello(code, exchange));
    });
    if (!result) throw new FlowStopped('the phone sent no primary_hello');
    return result;
  }
}

function primaryHello({ reference }: PhoneCode, { hello }: CodeExchange): Stanza {
  return element('link_code_companion_reg', { stage: 'primary_hello' }, [
    element('link_code_pairing_wrapped_primary_ephemeral_pub', {}, hello.wrappedKey),
    element('primary_identity_pub', {}, hello.identityKey),
    element('link_code_pairing_ref', {}, Buffer.from(reference)),
  ]);
}
