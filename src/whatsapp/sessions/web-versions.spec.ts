import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StoppedClock } from '../../../test/support/time/stopped-clock.js';
import type { WebVersion } from '../domain/web-version.js';
import type { ConfigRepository } from '../ports/config.repository.js';
import type { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { WebVersions } from './web-versions.js';
import type { WhatsappOptions } from '../whatsapp-options.js';

const PINNED: WebVersion = [2, 3000, 100];
const OLDER: WebVersion = [2, 3000, 90];
const NEWER: WebVersion = [2, 3000, 110];
const NEWEST: WebVersion = [2, 3000, 120];
const HOUR_MS = 3_600_000;

describe('the versions of WhatsApp Web', () => {
  let clock: StoppedClock;
  let settings: Map<string, string>;
  let saves: string[];
  let signals: AbortSignal[];
  let serve: () => Promise<unknown>;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(() => {
    clock = new StoppedClock();
    settings = new Map();
    saves = [];
    signals = [];
    serve = () => Promise.resolve(NEWER);
  });

  async function started(options: WhatsappOptions = {}): Promise<WebVersions> {
    const config = {
      setting: (name: string) => Promise.resolve(settings.get(name) ?? null),
      saveSetting: (name: string, value: string) => {
        saves.push(value);
        settings.set(name, value);
        return Promise.resolve();
      },
    };
    const gateway = {
      pinnedWebVersion: PINNED,
      fetchWebVersion: (signal: AbortSignal) => {
        signals.push(signal);
        return serve();
      },
    };
    const versions = new WebVersions(
      options,
      config as unknown as ConfigRepository,
      gateway as unknown as WhatsappGateway,
      clock,
    );
    await versions.onModuleInit();
    versions.onApplicationBootstrap();
    return versions;
  }

  it('begin with the one of the release, and ask for nothing while the accounts come back', async () => {
    const versions = await started();
    await clock.pass(2_000);
    expect(versions.current()).toEqual(PINNED);
    expect(signals).toHaveLength(0);
  });

  it('know the newest one seconds after the start, and ask again every six hours', async () => {
    const versions = await started();
    await clock.pass(10_000);
    expect(versions.current()).toEqual(NEWER);
    expect(signals).toHaveLength(1);
    serve = () => Promise.resolve(NEWEST);
    await clock.pass(5.9 * HOUR_MS);
    expect(versions.current()).toEqual(NEWER);
    await clock.pass(0.2 * HOUR_MS);
    expect(versions.current()).toEqual(NEWEST);
    expect(signals).toHaveLength(2);
  });

  it('tell those who were refused for their version when a newer one is found', async () => {
    const versions = await started();
    let told = 0;
    versions.newer.subscribe(() => (told += 1));
    await clock.pass(7 * HOUR_MS);
    expect(told).toBe(1);
    serve = () => Promise.resolve(NEWEST);
    await clock.pass(6 * HOUR_MS);
    expect(told).toBe(2);
  });

  it.each([
    ['an older version', () => Promise.resolve(OLDER)],
    ['garbage', () => Promise.resolve('<html>' as unknown)],
    ['numbers that are none', () => Promise.resolve([2, 3000, Number.NaN])],
    ['an error', () => Promise.reject(new Error('no network'))],
  ])('stay as they are when WhatsApp serves %s, and ask again later', async (_what, answer) => {
    serve = answer;
    const versions = await started();
    await clock.pass(10_000);
    expect(versions.current()).toEqual(PINNED);
    serve = () => Promise.resolve(NEWER);
    await clock.pass(6 * HOUR_MS);
    expect(versions.current()).toEqual(NEWER);
  });

  it('give up on a server that never answers after five seconds', async () => {
    serve = () => new Promise(() => undefined);
    const versions = await started();
    await clock.pass(9_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.pass(2_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    serve = () => Promise.resolve(NEWER);
    await clock.pass(6 * HOUR_MS);
    expect(versions.current()).toEqual(NEWER);
  });

  it('remember the last one that served over a restart, and store it once', async () => {
    const before = await started();
    for (const version of [NEWER, NEWER, OLDER, PINNED]) await before.reachedOpen(version);
    expect(saves).toEqual(['2.3000.110']);
    const after = await started();
    expect(after.current()).toEqual(NEWER);
    await after.reachedOpen(NEWER);
    expect(saves).toHaveLength(1);
  });

  it('take no notice of a stored one that is older than the release, or unreadable', async () => {
    for (const stored of ['2.3000.90', 'nonsense']) {
      settings.set('webVersion', stored);
      expect((await started()).current()).toEqual(PINNED);
    }
  });

  it('do without a store that fails', async () => {
    const failing = () => Promise.reject(new Error('disk full'));
    const versions = new WebVersions(
      {},
      { setting: failing, saveSetting: failing } as unknown as ConfigRepository,
      { pinnedWebVersion: PINNED } as unknown as WhatsappGateway,
      clock,
    );
    await versions.onModuleInit();
    await versions.reachedOpen(NEWER);
    expect(versions.current()).toEqual(NEWER);
  });

  it('answer five hundred refused logins with one question', async () => {
    const versions = await started();
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => versions.refreshAfterRefusal(versions.current())),
    );
    expect(answers.every(Boolean)).toBe(true);
    expect(signals).toHaveLength(1);
    expect(await versions.refreshAfterRefusal(PINNED)).toBe(true);
    expect(signals).toHaveLength(1);
  });

  it('do not ask more often than once a minute, however often a login is refused', async () => {
    serve = () => Promise.resolve(PINNED);
    const versions = await started();
    for (let refusal = 0; refusal < 5; refusal += 1) {
      expect(await versions.refreshAfterRefusal(PINNED)).toBe(false);
    }
    expect(signals).toHaveLength(1);
    serve = () => Promise.resolve(NEWER);
    await clock.pass(61_000);
    expect(await versions.refreshAfterRefusal(PINNED)).toBe(true);
  });

  it('say that nothing newer is to be had when the server does not answer in time', async () => {
    serve = () => new Promise(() => undefined);
    const versions = await started();
    const answer = versions.refreshAfterRefusal(PINNED);
    await clock.pass(5_000);
    expect(await answer).toBe(false);
  });

  it('are one when it is pinned: nothing is asked, nothing else is announced', async () => {
    const versions = await started({ webVersion: OLDER });
    await clock.pass(7 * HOUR_MS);
    await versions.reachedOpen(NEWER);
    expect(await versions.refreshAfterRefusal(OLDER)).toBe(false);
    expect(versions.current()).toEqual(OLDER);
    expect(signals).toHaveLength(0);
  });

  it('are not asked for where that is switched off, and still remember what served', async () => {
    settings.set('webVersion', '2.3000.110');
    const versions = await started({ versionRefresh: false });
    await clock.pass(7 * HOUR_MS);
    expect(await versions.refreshAfterRefusal(NEWER)).toBe(false);
    expect(versions.current()).toEqual(NEWER);
    expect(signals).toHaveLength(0);
  });

  it('refuse to be pinned to what is no version', async () => {
    await expect(started({ webVersion: [2, 3000, 1.5] })).rejects.toThrow('webVersion must be');
  });

  it('leave nothing behind when the application ends, not even a question under way', async () => {
    serve = () => new Promise(() => undefined);
    const versions = await started();
    const answer = versions.refreshAfterRefusal(PINNED);
    versions.onModuleDestroy();
    expect(await answer).toBe(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(clock.timers.size).toBe(0);
    expect(await versions.refreshAfterRefusal(PINNED)).toBe(false);
    expect(signals).toHaveLength(1);
  });
});
