import { describe, expect, it } from '@jest/globals';
import { nothingKnown, type AccountState } from './account-state.js';
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

describe('sceneOf', () => {
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
  ])('the scene is "%s" for its state', (body, state) => {
    expect(sceneOf(state, 'live', NOW).body).toBe(body);
  });

  it('the scene shows no code while the service does not answer', () => {
    const scene = sceneOf(known('pending', false, step('qr')), 'lost', NOW);
    expect(scene).toMatchObject({ body: 'plain', title: 'Interrupted', actions: [] });
  });

  it('the scene names an unknown step and offers to stop', () => {
    const scene = sceneOf(known('pending', false, step('passkey')), 'live', NOW);
    expect(scene).toMatchObject({ body: 'plain', actions: ['stop'] });
    expect(scene.lead).toContain('“passkey”');
  });

  it('the scene hides the code from callers that may not see it, and names the required scope', () => {
    const hidden = { step: { ...step('qr').step, value: null } };
    const scene = sceneOf(known('pending', false, hidden), 'live', NOW);
    expect(scene).toMatchObject({ body: 'plain', actions: [], otherWay: null });
    expect(scene.lead).toBe('To see the code, use a key with the scope “pair”.');
  });

  it('the scene names an unknown state and offers no action', () => {
    const scene = sceneOf(known('resting', false), 'live', NOW);
    expect(scene).toMatchObject({ actions: [], otherWay: null });
    expect(scene.lead).toContain('“resting”');
  });

  it('the scene shows the advice of a known user action, and none for an unknown one', () => {
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

  it('the scene gives no advice that the message ends with', () => {
    const error = { code: 'x', message: 'It failed. Try again later.', userAction: 'retry_later' };
    expect(sceneOf(known('error', false, { error }), 'live', NOW).notice?.advice).toBe('');
  });

  it('the scene says that a link reconnects only when the service gives a reason for the outage', () => {
    const lastError = { code: 'x', message: 'What happened.', userAction: 'retry_later' };
    expect(sceneOf(known('idle', true, { lastError }), 'live', NOW)).toMatchObject({
      title: 'Reconnecting',
      lead: 'What happened. It reconnects automatically.',
    });
    const stopped = sceneOf(known('idle', true), 'live', NOW);
    expect(stopped).toMatchObject({ title: 'Not connected', badge: 'Not connected' });
    expect(stopped.lead).not.toContain('automatically');
  });

  it('the scene shows an unconfirmed logout together with the way to link again', () => {
    const scene = sceneOf(known('idle', false, failed('remove_on_phone')), 'live', NOW);
    expect(scene).toMatchObject({ actions: ['pair'], otherWay: 'by-number', badge: 'Not linked' });
    expect(scene.notice?.advice).toContain('Linked devices');
  });

  it('the scene has a title before any state is known', () => {
    expect(sceneOf(nothingKnown('sales'), 'begin', NOW).title).toBe('Loading');
    expect(sceneOf(nothingKnown('sales'), 'lost', NOW).title).toBe('No connection');
  });
});

describe('texts of the page', () => {
  it('the list names the states of accounts differently', () => {
    const words = (status: string, authExists: boolean) =>
      inTheList({ ...known(status, authExists).status, status, authExists } as never).words;
    expect([words('idle', false), words('idle', true), words('resting', true)]).toEqual([
      'Not linked',
      'Not connected',
      'resting',
    ]);
  });

  it('a duration is shown in seconds, or in minutes and seconds', () => {
    expect([duration(-5), duration(1), duration(59_001), duration(125_000)]).toEqual([
      '0 s',
      '1 s',
      '1 min 0 s',
      '2 min 5 s',
    ]);
  });

  it('a code is spelled for screen readers', () => {
    expect(spelled('ABCD-EFGH')).toBe('A B C D, E F G H');
  });
});
