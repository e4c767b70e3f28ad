import { describe, expect, it } from '@jest/globals';
import { fold, nothingKnown } from './account-state.js';
import type { AccountUpdate, Pairing, Status } from './answers.js';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (afterMs: number): string => new Date(NOW + afterMs).toISOString();

const status = (name: string, authExists = false): Status => ({
  accountId: 'sales',
  status: name,
  authExists,
  serviceConnected: name === 'connected',
  servicePhone: null,
});
const qr = (sequence: number, expiresAt: string): Pairing => ({
  status: 'pending',
  step: { type: 'qr', value: `code ${sequence}`, sequence, expiresAt },
  error: null,
});

const after = (...update: AccountUpdate[]) =>
  update.reduce((state, each) => fold(state, each, NOW), nothingKnown('sales'));

describe('fold', () => {
  it("the state begins with the snapshot of the page's own account and ignores other accounts", () => {
    const other = { status: { ...status('connected', true), accountId: 'support' } };
    const own = { status: status('idle'), pairing: { status: 'idle', step: null, error: null } };
    expect(after({ accounts: [other, own] }).status).toEqual(status('idle'));
    expect(after({ accounts: [other] }).status).toBeNull();
  });

  it('a new snapshot replaces the earlier state', () => {
    const first = { status: status('pending'), pairing: qr(1, at(60_000)) };
    const second = { status: status('idle'), pairing: { status: 'idle', step: null, error: null } };
    expect(after({ accounts: [first] }, { accounts: [second] })).toMatchObject({ step: null, error: null });
  });

  it('the lifetime of a code counts from the event that showed it', () => {
    const state = after({ status: status('pending') }, { at: at(-500), pairing: qr(1, at(2_500)) });
    expect(state.step).toMatchObject({ sequence: 1, expiresAtMs: NOW + 2_500, lifeMs: 3_000 });
  });

  it.each([
    ['the first QR code', qr(1, at(31_000)), 60_000],
    ['a later QR code', qr(2, at(11_000)), 20_000],
    [
      'a phone code',
      { ...qr(1, at(1_000)), step: { ...qr(1, at(1_000)).step, type: 'code' } } as Pairing,
      155_000,
    ],
  ])('the state assumes the usual lifetime for %s in a snapshot', (_, pairing, lifeMs) => {
    expect(after({ accounts: [{ status: status('pending'), pairing }] }).step?.lifeMs).toBe(lifeMs);
  });

  it('a redrawn code keeps the lifetime of the previous one', () => {
    const drawn = { at: at(0), pairing: qr(1, at(60_000)) };
    const again = { at: at(30_000), pairing: qr(2, at(60_000)) };
    expect(after(drawn, again).step).toMatchObject({ sequence: 2, lifeMs: 60_000 });
  });

  it('the state has no step after the end of the pairing', () => {
    const state = after({ pairing: qr(1, at(60_000)) }, { status: status('connected', true) });
    expect(state.step).toBeNull();
  });

  it('the state reads the link from the account', () => {
    const account = { ...status('connected', true), linkedAt: at(-1_000), lastError: null };
    expect(after({ account })).toMatchObject({ linkedAt: at(-1_000), status: status('connected', true) });
  });
});
