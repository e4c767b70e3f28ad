import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultAction } from '../faults/actions.js';
import type { When } from '../faults/stages.js';
import { CodeCompanion } from '../testing/code-companion.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { child } from '../wire/stanza.js';

const PHONE = '4915112345678';
const CODE = { phone: PHONE, code: 'ABCD1234' };
const WHERE = { phone: PHONE };

describe('faults at the stages of a phone code', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  type CodeStage = 'companion_hello' | 'primary_hello' | 'companion_finish';
  function plan(stage: CodeStage, action: FaultAction, when: When = 'before'): void {
    simulator.addFault({ stage, when, action, where: WHERE });
  }

  async function typed(): Promise<{
    companion: CodeCompanion;
    result: ReturnType<WhatsappSimulator['typeCode']>;
  }> {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    return { companion, result: simulator.typeCode({ ...CODE, waitMs: 3_000 }) };
  }

  async function held(stage: CodeStage): Promise<void> {
    expect(await simulator.holds({ stage }, 2_000)).toMatchObject([{ stage, connection: WHERE }]);
  }

  it('a hold before companion_hello keeps the code invalid until its release', async () => {
    plan('companion_hello', { type: 'hold' });
    const companion = await CodeCompanion.register(simulator, PHONE);
    const answer = companion.hello();
    await held('companion_hello');
    expect(await simulator.typeCode(CODE)).toMatchObject({ reason: 'no_code_pending' });
    simulator.release();
    expect((await answer).attrs['type']).toBe('result');
    const result = simulator.typeCode(CODE);
    await companion.link();
    expect(await result).toMatchObject({ paired: true });
  });

  it('a hold before primary_hello keeps it from the companion until its release', async () => {
    plan('primary_hello', { type: 'hold' });
    const { companion, result } = await typed();
    await held('primary_hello');
    expect(simulator.state().stages.primary_hello).toEqual({ before: 1, after: 0 });
    simulator.release();
    await companion.link();
    expect(await result).toMatchObject({ paired: true });
  });

  it.each(['before', 'after'] as const)('a hold %s companion_finish delays pair-success', async (when) => {
    plan('companion_finish', { type: 'hold' }, when);
    const { companion, result } = await typed();
    const linked = companion.link();
    await held('companion_finish');
    expect(simulator.state().stages.pair_success.before).toBe(0);
    simulator.release();
    await linked;
    expect(await result).toMatchObject({ paired: true });
  });

  it.each(['before', 'after'] as const)('a fault cuts %s companion_hello', async (when) => {
    plan('companion_hello', { type: 'cut' }, when);
    const companion = await CodeCompanion.register(simulator, PHONE);
    const answer = companion.hello();
    if (when === 'before') await expect(answer).rejects.toThrow('closed');
    else expect((await answer).attrs['type']).toBe('result');
    await companion.client.waitForClose();
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
    const reason = when === 'before' ? 'no_code_pending' : 'companion_gone';
    expect(await simulator.typeCode(CODE)).toEqual({ paired: false, reason });
  });

  it('a fault cuts before and after primary_hello', async () => {
    for (const when of ['before', 'after'] as const) {
      plan('primary_hello', { type: 'cut' }, when);
      const { companion, result } = await typed();
      expect(await result).toEqual({ paired: false, reason: 'no_answer' });
      await companion.client.waitForClose();
    }
  });

  it('a fault cuts before and after companion_finish', async () => {
    for (const when of ['before', 'after'] as const) {
      plan('companion_finish', { type: 'cut', reset: true }, when);
      const { companion, result } = await typed();
      await companion.finish(await companion.nextNotification('primary_hello')).catch(() => undefined);
      expect(await result).toEqual({ paired: false, reason: 'companion_gone' });
      expect(simulator.state().devices).toEqual([]);
    }
  });

  it('a silent primary_hello or companion_finish ends the attempt with no_answer', async () => {
    for (const stage of ['primary_hello', 'companion_finish'] as const) {
      plan(stage, { type: 'silent' });
      const companion = await CodeCompanion.withCode(simulator, PHONE);
      const result = simulator.typeCode({ ...CODE, waitMs: 300 });
      if (stage === 'companion_finish') {
        void companion.finish(await companion.nextNotification('primary_hello')).catch(() => undefined);
      }
      expect(await result).toEqual({ paired: false, reason: 'no_answer' });
      companion.client.terminate();
    }
  });

  it('a fault delays primary_hello and freezes companion_finish', async () => {
    plan('primary_hello', { type: 'delay', ms: 30 });
    plan('companion_finish', { type: 'freeze' });
    const { companion, result } = await typed();
    const linked = companion.link();
    await simulator.waitFor({ kind: 'stage', stage: 'companion_finish', when: 'before' }, 2_000);
    expect(simulator.state().connections).toMatchObject([{ frozen: true }]);
    await simulator.act({ type: 'thaw' });
    await linked;
    expect(await result).toMatchObject({ paired: true });
  });

  it.each([400, 403, 429, 452, 500])('a fault answers companion_hello with %d', async (code) => {
    plan('companion_hello', { type: 'query_error', code, text: 'simulated-error' });
    const companion = await CodeCompanion.register(simulator, PHONE);
    const answer = await companion.hello();
    expect(child(answer, 'error')?.attrs).toEqual({ code: String(code), text: 'simulated-error' });
    expect(simulator.state().refusals).toEqual({});
    expect(await simulator.typeCode(CODE)).toMatchObject({ reason: 'no_code_pending' });
  });

  it('a fault answers companion_finish with an error, and the phone gets no answer', async () => {
    plan('companion_finish', { type: 'query_error', code: 500, text: 'internal-server-error' });
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const result = simulator.typeCode({ ...CODE, waitMs: 300 });
    const answer = await companion.finish(await companion.nextNotification('primary_hello'));
    expect(child(answer, 'error')?.attrs).toEqual({ code: '500', text: 'internal-server-error' });
    expect(await result).toEqual({ paired: false, reason: 'no_answer' });
  });

  it('a fault refuses the code on the phone', async () => {
    plan('primary_hello', { type: 'refuse' });
    const { result } = await typed();
    expect(await result).toEqual({ paired: false, reason: 'refused_on_phone' });
  });

  it('refresh_code requests another code from the companion, at once or at a stage', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    expect(await simulator.act({ type: 'refresh_code' }, WHERE)).toBe(1);
    expect((await companion.nextNotification('refresh_code')).attrs).toEqual({ stage: 'refresh_code' });
    expect(await simulator.typeCode(CODE)).toMatchObject({ reason: 'withdrawn_code' });
    await companion.hello();
    plan('primary_hello', { type: 'refresh_code', forceManual: true });
    expect(await simulator.typeCode(CODE)).toMatchObject({ reason: 'withdrawn_code' });
    expect((await companion.nextNotification('refresh_code')).attrs).toMatchObject({
      force_manual_refresh: 'true',
    });
    expect(simulator.state().counters.codeRefreshes).toBe(2);
    expect(() => simulator.addFault({ stage: 'tcp', action: { type: 'refresh_code' } })).toThrow(
      'needs a finished handshake',
    );
  });
});
