import { describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from './connection-end.js';
import { disconnectPolicy, type Action, type AttemptPhase } from './disconnect-policy.js';

const code = (value: number): ConnectionEnd => ({ kind: 'whatsapp', code: value, detail: null });

const TABLE: readonly (readonly [AttemptPhase, ConnectionEnd, Action, string])[] = [
  ['pairing', code(401), 'stop', 'pairing_rejected'],
  ['login', code(401), 'unlink', 'unlinked_by_phone'],
  ['open', code(401), 'unlink', 'unlinked_by_phone'],
  ['login', code(402), 'stop', 'temporarily_banned'],
  ['login', code(403), 'stop', 'account_locked'],
  ['pairing', code(405), 'stop', 'client_outdated'],
  ['login', code(406), 'stop', 'account_banned'],
  ['login', code(411), 'stop', 'multi_device_missing'],
  ['open', code(440), 'stop', 'replaced'],
  ['pairing', code(408), 'retry', 'connection_lost'],
  ['pairing', code(428), 'retry', 'connection_lost'],
  ['pairing', code(515), 'retry', 'connection_lost'],
  ['login', code(515), 'restart', 'connection_lost'],
  ['open', code(515), 'restart', 'connection_lost'],
  ['open', code(408), 'retry', 'connection_lost'],
  ['open', code(428), 'retry', 'connection_lost'],
  ['open', code(500), 'retry', 'server_error'],
  ['open', code(503), 'retry', 'server_error'],
  ['open', { kind: 'silent' }, 'retry', 'timed_out'],
  ['open', { kind: 'network', problem: 'lost' }, 'retry', 'connection_lost'],
  ['login', { kind: 'network', problem: 'dns' }, 'retry', 'unreachable'],
  ['login', { kind: 'network', problem: 'tls' }, 'retry', 'unreachable'],
  ['login', { kind: 'upgrade_refused', status: 503 }, 'retry', 'server_error'],
  ['login', { kind: 'server_untrusted' }, 'retry', 'server_untrusted'],
  ['open', { kind: 'stanza_too_large', excess: 'nodes' }, 'retry', 'stanza_too_large'],
  ['pairing', { kind: 'stanza_too_large', excess: 'nodes' }, 'retry', 'stanza_too_large'],
  ['open', { kind: 'storage_failed' }, 'retry', 'storage_failed'],
  ['login', code(500), 'retry', 'server_error'],
  ['login', code(503), 'retry', 'server_error'],
  ['pairing', code(418), 'retry', 'refused'],
  ['pairing', { kind: 'upgrade_refused', status: 405 }, 'stop', 'client_outdated'],
  ['pairing', { kind: 'upgrade_refused', status: 403 }, 'retry', 'refused'],
  ['pairing', { kind: 'upgrade_refused', status: 429 }, 'retry', 'refused'],
  ['pairing', { kind: 'upgrade_refused', status: 503 }, 'retry', 'server_error'],
  ['pairing', { kind: 'silent' }, 'retry', 'timed_out'],
  ['pairing', { kind: 'network', problem: 'refused' }, 'retry', 'unreachable'],
  ['pairing', { kind: 'network', problem: 'dns' }, 'retry', 'unreachable'],
  ['pairing', { kind: 'network', problem: 'tls' }, 'retry', 'unreachable'],
  ['pairing', { kind: 'network', problem: 'lost' }, 'retry', 'connection_lost'],
  ['pairing', { kind: 'protocol_error', detail: 'x' }, 'retry', 'server_error'],
  ['pairing', { kind: 'server_untrusted' }, 'stop', 'server_untrusted'],
  ['accepted', { kind: 'server_untrusted' }, 'retry', 'server_untrusted'],
  ['pairing', { kind: 'pairing_forged' }, 'stop', 'pairing_forged'],
  ['pairing', { kind: 'storage_failed' }, 'stop', 'storage_failed'],
  ['accepted', code(515), 'restart', 'connection_lost'],
  ['accepted', code(428), 'restart', 'connection_lost'],
  ['accepted', { kind: 'network', problem: 'closed' }, 'restart', 'connection_lost'],
  ['accepted', { kind: 'silent' }, 'restart', 'timed_out'],
];

describe('disconnectPolicy', () => {
  it.each(TABLE)('the policy in phase %s maps %j to %s (%s)', (phase, end, action, failure) => {
    const decision = disconnectPolicy(end, phase);
    expect([decision.action, decision.failure.code]).toEqual([action, failure]);
  });

  it('the policy waits as long as WhatsApp demands after a temporary ban of a linked account', () => {
    const ban: ConnectionEnd = { kind: 'whatsapp', code: 402, detail: null, expiresInMs: 60_000 };
    expect(disconnectPolicy(ban, 'open')).toMatchObject({ action: 'retry', afterMs: 60_000, isError: true });
    expect(disconnectPolicy(ban, 'pairing')).toMatchObject({ action: 'stop', afterMs: null });
  });

  it('the policy marks failures that a newer version of WhatsApp Web can solve', () => {
    expect(disconnectPolicy(code(405), 'open').outdated).toBe(true);
    expect(disconnectPolicy(code(403), 'open').outdated).toBe(false);
  });
});
