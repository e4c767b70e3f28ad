import { describe, expect, it } from '@jest/globals';
import { deniedScene, isInvalidKey, isDenial } from './access-scene.js';
import { nothingKnown, type AccountState } from './account-state.js';
import { linkSceneOf } from './link-scene.js';

const NOW = 1_000_000;
const LINK = { accountId: 'acme', expiresAt: '2026-01-01T12:00:00.000Z', phoneEnding: null, returnUrl: null };
const BOUND = { ...LINK, phoneEnding: '78' };

function known(status: string, authExists: boolean, more: Partial<AccountState> = {}): AccountState {
  const fields = { accountId: 'acme', status, authExists, serviceConnected: false, servicePhone: null };
  return { ...nothingKnown('acme'), status: fields, ...more };
}
const step = (type: string) => ({
  step: { type, value: 'ABCD-EFGH', sequence: 1, expiresAtMs: NOW + 1_000, lifeMs: 60_000 },
});
const failed = (userAction: string) => ({ error: { code: 'x', message: 'What happened.', userAction } });

describe('linkSceneOf', () => {
  it('an unlinked account is shown as an invitation with the required number and the expiry of the link', () => {
    const scene = linkSceneOf(known('idle', false), 'live', NOW, BOUND, false);
    expect(scene).toMatchObject({ title: 'Link your WhatsApp', actions: ['pair'], otherWay: 'by-number' });
    expect(scene.lead).toMatch(/with the number ending in 78.*valid until .*2026/);
    expect(linkSceneOf(known('idle', false), 'live', NOW, LINK, false).lead).not.toContain('number');
  });

  it.each(['qr', 'code'])('a pairing with a step (%s) names the required phone', (type) => {
    const lead = (link: typeof LINK | typeof BOUND) =>
      linkSceneOf(known('pending', false, step(type)), 'live', NOW, link, false).lead;
    expect([lead(BOUND), lead(LINK)]).toEqual(['Use the phone with the number ending in 78.', '']);
  });

  it('a pairing that was started without the link hides its code and offers to start again', () => {
    const hidden = { step: { ...step('qr').step, value: null } };
    const scene = linkSceneOf(known('pending', false, hidden), 'live', NOW, BOUND, false);
    expect(scene).toMatchObject({ body: 'plain', actions: ['pair'] });
    expect(scene.lead).toContain('with the number ending in 78');
  });

  it('a customer never gets the disconnect action', () => {
    for (const status of ['idle', 'pending', 'connected', 'error', 'resting']) {
      for (const isUsed of [false, true]) {
        const { actions } = linkSceneOf(known(status, true), 'live', NOW, LINK, isUsed);
        expect(actions).not.toContain('disconnect');
      }
    }
  });

  it('a customer is referred to the sender of the link, never to the operator of the service', () => {
    const states = [
      known('error', false, failed('contact_operator')),
      known('error', true, failed('update_service')),
      known('pending', false, step('passkey')),
      known('resting', true),
    ];
    for (const state of states) {
      const { lead, notice } = linkSceneOf(state, 'live', NOW, LINK, false);
      const said = `${lead} ${notice?.advice ?? ''}`;
      expect(said).toContain('Contact the sender of this link.');
      expect(said).not.toContain('service');
    }
  });

  it('a linked account leads to the return address, also when its connection is lost later', () => {
    const link = { ...LINK, returnUrl: 'https://shop.example/done' };
    const linked = { title: 'Your WhatsApp is linked', actions: [], onward: link.returnUrl };
    expect(linkSceneOf(known('connected', true), 'live', NOW, link, false)).toMatchObject(linked);
    expect(linkSceneOf(known('idle', true), 'lost', NOW, link, true)).toMatchObject(linked);
    expect(linkSceneOf(known('connected', true), 'live', NOW, LINK, false)).toMatchObject({
      lead: 'You can close this page.',
      onward: null,
    });
  });

  it('an account that is unlinked again shows that the link has been used', () => {
    expect(linkSceneOf(known('idle', false), 'live', NOW, LINK, true)).toEqual(deniedScene('link_used'));
  });
});

describe('deniedScene', () => {
  it.each(['key_missing', 'key_invalid', 'key_expired', 'key_revoked', 'scope_missing'])(
    'the denial %s shows the key form',
    (code) => {
      expect([isDenial(code), deniedScene(code).body]).toEqual([true, 'key']);
    },
  );

  it.each(['link_invalid', 'link_expired', 'link_revoked', 'link_used', 'account_forbidden'])(
    'the denial %s has its own title and no key form',
    (code) => {
      const { title, body } = deniedScene(code);
      expect([isDenial(code), body]).toEqual([true, 'plain']);
      expect(title).not.toBe(deniedScene('key_missing').title);
    },
  );

  it('a temporary error is not a denial', () => {
    expect(['busy', 'rate_limited', 'cross_site', 'shutting_down', '', null].filter(isDenial)).toEqual([]);
  });

  it('only invalid, expired and revoked keys are deleted', () => {
    const codes = ['key_missing', 'key_invalid', 'key_expired', 'key_revoked', 'scope_missing', 'link_used'];
    expect(codes.filter(isInvalidKey)).toEqual(['key_invalid', 'key_expired', 'key_revoked']);
  });
});
