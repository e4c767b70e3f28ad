import { describe, expect, it } from '@jest/globals';
import { nothingKnown } from './account-state.js';
import type { AccountState } from './account-state.js';
import { duration, inTheList, sceneOf, spelled } from './scene.js';

const NOW = 1_000_000;

function known(status: string, authExists: boolean, more: Partial<AccountState> = {}): AccountState {
  const fields = { accountId: 'sales', status, authExists, serviceConnected: false, servicePhone: null };
  return { ...nothingKnown('sales'), status: fields, ...more };
}
const step = (type: string, leftMs = 1_000) => ({
  step: { type, value: 'ABCD-EFGH', sequence: 1, expiresAtMs: NOW + leftMs, lifeMs: 60_000 },
});
const failed = (userAction: string) => ({ error: { code: 'x', message: 'What happened.', userAction } });

describe('the scene', () => {
  it.each([
    ['qr', known('pending', false, step('qr'))],
    ['code', known('pending', false, step('code'))],
    ['preparing', known('pending', false)],
    ['preparing', known('pending', false, step('qr', -1))],
    ['linked', known('connected', true)],
    ['linked', known('idle', true)],
    ['linked', known('error', true)],
    ['plain', known('idle', false)],
    ['plain', known('error', false)],
  ])('is %s', (body, state) => {
    expect(sceneOf(state, 'live', NOW).body).toBe(body);
  });

  it('shows no code while the service is away: nobody could link with it', () => {
    const scene = sceneOf(known('pending', false, step('qr')), 'lost', NOW);
    expect(scene).toMatchObject({ body: 'plain', title: 'Interrupted', actions: [] });
  });

  it('names a step that it does not know, and lets the person stop', () => {
    const scene = sceneOf(known('pending', false, step('passkey')), 'live', NOW);
    expect(scene).toMatchObject({ body: 'plain', actions: ['stop'] });
    expect(scene.lead).toContain('“passkey”');
  });

  it('says who sees the code, to those who may only look', () => {
    const hidden = { step: { ...step('qr').step, value: null } };
    const scene = sceneOf(known('pending', false, hidden), 'live', NOW);
    expect(scene).toMatchObject({ body: 'plain', actions: [], otherWay: null });
    expect(scene.lead).toBe('The code is visible only with a key that may pair.');
  });

  it('names a state that it does not know, and offers nothing', () => {
    const scene = sceneOf(known('resting', false), 'live', NOW);
    expect(scene).toMatchObject({ actions: [], otherWay: null });
    expect(scene.lead).toContain('“resting”');
  });

  it('says what to do about a failure, and nothing of its own where it does not know', () => {
    const advice = (userAction: string, linked: boolean) =>
      sceneOf(known('error', linked, failed(userAction)), 'live', NOW).notice;
    expect(advice('scan_again', false)).toEqual({
      message: 'What happened.',
      advice: 'Show a new code and scan it.',
      dismissable: true,
    });
    expect(advice('pair_again', true)).toMatchObject({ advice: 'Press “Connect now”.', dismissable: false });
    expect(advice('sing_a_song', false)).toMatchObject({ message: 'What happened.', advice: '' });
  });

  it('tells of a logout that WhatsApp did not confirm where the account can be linked again', () => {
    const scene = sceneOf(known('idle', false, failed('remove_on_phone')), 'live', NOW);
    expect(scene).toMatchObject({ actions: ['pair'], otherWay: 'by-number', badge: 'Not linked' });
    expect(scene.notice?.advice).toContain('Linked devices');
  });

  it('is for whoever comes before anything is known', () => {
    expect(sceneOf(nothingKnown('sales'), 'begin', NOW).title).toBe('One moment');
    expect(sceneOf(nothingKnown('sales'), 'lost', NOW).title).toBe('No connection');
  });
});

describe('words', () => {
  it('tell the accounts of the list apart', () => {
    const words = (status: string, authExists: boolean) =>
      inTheList({ ...known(status, authExists).status, status, authExists } as never).words;
    expect([words('idle', false), words('idle', true), words('resting', true)]).toEqual([
      'Not linked',
      'Reconnecting',
      'resting',
    ]);
  });

  it('are seconds, and minutes where there are some', () => {
    expect([duration(-5), duration(1), duration(59_001), duration(125_000)]).toEqual([
      '0 s',
      '1 s',
      '1 min 0 s',
      '2 min 5 s',
    ]);
  });

  it('are letters where a code is read out', () => {
    expect(spelled('ABCD-EFGH')).toBe('A B C D, E F G H');
  });
});
