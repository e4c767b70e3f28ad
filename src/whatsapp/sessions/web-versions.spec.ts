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

describe('WebVersions', () => {
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

  it('the version is that of the release at the start, and nothing is fetched while the accounts reconnect', async () => {
    const versions = await started();
    await clock.pass(2_000);
    expect(versions.current()).toEqual(PINNED);
    expect(signals).toHaveLength(0);
  });

  it('the newest version is fetched seconds after the start and then every six hours', async () => {
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

  it('the version service emits when a newer version is found', async () => {
    const versions = await started();
    let notifications = 0;
    versions.newer.subscribe(() => (notifications += 1));
    await clock.pass(7 * HOUR_MS);
    expect(notifications).toBe(1);
    serve = () => Promise.resolve(NEWEST);
    await clock.pass(6 * HOUR_MS);
    expect(notifications).toBe(2);
  });

  it.each([
    ['an older version', () => Promise.resolve(OLDER)],
    ['garbage', () => Promise.resolve('<html>' as unknown)],
    ['invalid numbers', () => Promise.resolve([2, 3000, Number.NaN])],
    ['an error', () => Promise.reject(new Error('no network'))],
  ])(
    'the version stays unchanged when WhatsApp serves %s, and is fetched again later',
    async (_what, answer) => {
      serve = answer;
      const versions = await started();
      await clock.pass(10_000);
      expect(versions.current()).toEqual(PINNED);
      serve = () => Promise.resolve(NEWER);
      await clock.pass(6 * HOUR_MS);
      expect(versions.current()).toEqual(NEWER);
    },
  );

  it('a fetch ends after five seconds when the server never answers', async () => {
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

  it('the last working version is remembered across a restart and stored once', async () => {
    const before = await started();
    for (const version of [NEWER, NEWER, OLDER, PINNED]) await before.reachedOpen(version);
    expect(saves).toEqual(['2.3000.110']);
    const after = await started();
    expect(after.current()).toEqual(NEWER);
    await after.reachedOpen(NEWER);
    expect(saves).toHaveLength(1);
  });

  it('a stored version that is older than the release or unreadable is ignored', async () => {
    for (const stored of ['2.3000.90', 'nonsense']) {
      settings.set('webVersion', stored);
      expect((await started()).current()).toEqual(PINNED);
    }
  });

  it('the version service works while its store fails', async () => {
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

  it('five hundred refused logins cause one fetch', async () => {
    const versions = await started();
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => versions.refreshAfterRefusal(versions.current())),
    );
    expect(answers.every(Boolean)).toBe(true);
    expect(signals).toHaveLength(1);
    expect(await versions.refreshAfterRefusal(PINNED)).toBe(true);
    expect(signals).toHaveLength(1);
  });

  it('refused logins cause at most one fetch per minute', async () => {
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

  it('a refused login finds no newer version when the server does not answer in time', async () => {
    serve = () => new Promise(() => undefined);
    const versions = await started();
    const answer = versions.refreshAfterRefusal(PINNED);
    await clock.pass(5_000);
    expect(await answer).toBe(false);
  });

  it('a pinned version is always used, and nothing is fetched', async () => {
    const versions = await started({ webVersion: OLDER });
    await clock.pass(7 * HOUR_MS);
    await versions.reachedOpen(NEWER);
    expect(await versions.refreshAfterRefusal(OLDER)).toBe(false);
    expect(versions.current()).toEqual(OLDER);
    expect(signals).toHaveLength(0);
  });

  it('no version is fetched when the option is off, and the last working one is still remembered', async () => {
    settings.set('webVersion', '2.3000.110');
    const versions = await started({ versionRefresh: false });
    await clock.pass(7 * HOUR_MS);
    expect(await versions.refreshAfterRefusal(NEWER)).toBe(false);
    expect(versions.current()).toEqual(NEWER);
    expect(signals).toHaveLength(0);
  });

  it('an invalid pinned version is refused', async () => {
    await expect(started({ webVersion: [2, 3000, 1.5] })).rejects.toThrow('webVersion must be');
  });

  it('the version service leaves no timer and no fetch behind when the application ends', async () => {
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
