import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HistoryRequest } from '../../../simulator/messages/own-device-sender.js';
import { eventually } from '../../support/eventually.js';
import {
  bomb,
  chats,
  historyOf,
  lidOf,
  mappings,
  pnOf,
  zeros,
  type Payload,
} from '../../support/history/histories.js';
import { timeLimitSince } from '../../support/time/time-limit.js';
import type { HistoryView } from './gateway.program.js';
import { SimulatedWhatsapp } from './simulated-whatsapp.js';

/** Four mappings, in each form that Baileys reads, and one privacy token. */
function usefulHistory(from: number): Payload {
  const [first, second, third, fourth, fifth] = [from, from + 1, from + 2, from + 3, from + 4];
  const sent = {
    key: { remoteJid: lidOf(fourth), fromMe: true, id: 'SENT' },
    userReceipt: [{ userJid: pnOf(fourth) }],
  };
  return historyOf({
    syncType: 0,
    phoneNumberToLidMappings: [{ pnJid: pnOf(first), lidJid: lidOf(first) }],
    conversations: [
      { id: pnOf(second), lidJid: lidOf(second) },
      { id: lidOf(third), pnJid: pnOf(third) },
      { id: lidOf(fourth), messages: [{ message: sent }] },
      { id: pnOf(fifth), tcToken: Buffer.from('token'), tcTokenTimestamp: 1_790_000_000 },
    ],
  });
}

/** The limit of the issue: nothing that a device sends costs other accounts more. In processor time. */
const LONGEST_PAUSE_MS = 50;

describe('the history of a linked account', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;
  let phone = '';
  let before: HistoryView;
  let begun = 0;
  let rowsBefore = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start();
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
    phone = await whatsapp.link(attempt);
    before = await whatsapp.gateway.history();
    rowsBefore = await storedRows('lid-mapping');
    begun = performance.now();
  });

  const storedRows = async (type: string): Promise<number> =>
    (await whatsapp.gateway.do({ name: 'stored' }))?.keys[type] ?? 0;
  /** A mapping is two rows. The attempts of all tests share one store. */
  const newMappings = async (): Promise<number> => ((await storedRows('lid-mapping')) - rowsBefore) / 2;
  const send = (payload: Payload, request: Partial<HistoryRequest> = {}) =>
    whatsapp.control.sendHistory({ phone, payload, ...request });

  async function refusals(reason: keyof HistoryView['counts']['refused'], count = 1): Promise<void> {
    const from = before.counts.refused[reason] ?? 0;
    let now: HistoryView['counts'] = before.counts;
    await eventually(
      async () => ((now = (await whatsapp.gateway.history()).counts).refused[reason] ?? 0) === from + count,
      20_000,
      () => `the counts are ${JSON.stringify(now)}`,
    );
  }

  async function taken(count = 1): Promise<void> {
    let now: HistoryView['counts'] = before.counts;
    await eventually(
      async () => (now = (await whatsapp.gateway.history()).counts).taken === before.counts.taken + count,
      60_000,
      () => `the counts are ${JSON.stringify(now)}`,
    );
  }

  /** Expects that the account answers, and that nothing has held the process. */
  async function continues(longestPauseMs: number): Promise<void> {
    expect(longestPauseMs).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
    await whatsapp.gateway.do({ name: 'host', act: 'query' });
  }

  /** Calls `work` and returns the longest pause of the event loop meanwhile. */
  async function pauseIn(work: () => Promise<void>): Promise<number> {
    await whatsapp.gateway.longestPause();
    await work();
    return whatsapp.gateway.longestPause();
  }

  it.each([
    ['804 bytes', bomb(200_000)],
    ['7.8 KB', bomb(2_000_000)],
    ['19.5 KB', bomb(5_000_000)],
  ])('a history bomb of %s from a second device is ignored without a pause', async (_size, payload) => {
    const pause = await pauseIn(async () => {
      await send(payload, { sender: 7 });
      await send(payload, { sender: 7, byLid: true });
      await refusals('not_from_the_phone', 2);
    });
    await continues(pause);
    expect((await whatsapp.gateway.history()).counts.taken).toBe(before.counts.taken);
  });

  it('a history bomb for download from a second device is not even requested', async () => {
    const { mediaRequests } = (await whatsapp.control.state()).counters;
    await send(bomb(200_000), { sender: 7, download: true });
    await refusals('not_from_the_phone');
    expect((await whatsapp.control.state()).counters.mediaRequests).toBe(mediaRequests);
  });

  it.each([
    ['chats without content', bomb(5_000_000), 'too_many_entries'],
    ['zeros', zeros(200), 'too_large'],
    ['no compressed data', Buffer.from('not deflated').toString('base64'), 'unreadable'],
    ['no protobuf message', historyOf({ syncType: 0 }).slice(0, 8), 'unreadable'],
  ] as const)(
    'a history of %s from the phone is refused in the worker without a pause',
    async (_what, payload, reason) => {
      for (const download of [false, true]) {
        begun = performance.now();
        before = await whatsapp.gateway.history();
        const pause = await pauseIn(async () => {
          await send(payload, { download });
          // The link has taken its history, although it was refused.
          await refusals(download ? 'already_taken' : reason);
        });
        await continues(pause);
      }
    },
  );

  it('a bomb for download from the phone is refused without a pause, and app state sync follows', async () => {
    const pause = await pauseIn(async () => {
      await send(bomb(5_000_000), { download: true });
      await refusals('too_many_entries');
    });
    await continues(pause);
    expect(
      await whatsapp.control.isMet({ kind: 'counter', name: 'appStateQueries', atLeast: 1 }, 5_000),
    ).toBe(true);
  });

  it.each([
    ['does not exist', 'not_found', 'download_failed'],
    ['is redirected', 'redirect', 'download_failed'],
    ['has no end', 'endless', 'too_large'],
    ['was changed', 'corrupted', 'unreadable'],
  ] as const)('a history whose file %s is refused', async (_what, mediaFault, reason) => {
    await send(mappings(10), { download: true, mediaFault });
    await refusals(reason);
    expect(await newMappings()).toBe(0);
    await continues(0);
    if (mediaFault === 'endless')
      expect(await whatsapp.control.isMet({ kind: 'counter', name: 'mediaGivenUp', atLeast: 1 }, 5_000)).toBe(
        true,
      );
  });

  it('a media host that answers nothing holds neither messages nor the end of the connection', async () => {
    await send(mappings(10), { download: true, mediaFault: 'silent' });
    expect(await whatsapp.control.isMet({ kind: 'counter', name: 'mediaRequests', atLeast: 1 }, 5_000)).toBe(
      true,
    );
    await send(bomb(10), { sender: 7 });
    await refusals('not_from_the_phone');
    await whatsapp.gateway.do({ name: 'close', attempt: attempt + 1 });
    expect((await whatsapp.gateway.history()).counts).toMatchObject({ taken: before.counts.taken });
  });

  it.each([false, true])(
    'a history of the phone stores mappings and tokens, and app state sync follows once (download: %s)',
    async (download) => {
      const tokens = await storedRows('tctoken');
      await send(usefulHistory(download ? 20 : 10), { download });
      await taken();
      expect(await newMappings()).toBe(4);
      // The index of the tokens is one row more.
      expect((await storedRows('tctoken')) - tokens).toBe(tokens === 0 ? 2 : 1);
      expect(
        await whatsapp.control.isMet({ kind: 'counter', name: 'appStateQueries', atLeast: 1 }, 5_000),
      ).toBe(true);
      await send(usefulHistory(30));
      await refusals('already_taken');
      // The next login has the counter, so nothing is synced or read again.
      await whatsapp.gateway.do({ name: 'close', attempt: attempt + 1 });
      await whatsapp.gateway.open(attempt + 2, { stored: true });
      await whatsapp.gateway.event(attempt + 2, 'opened');
      await send(usefulHistory(30));
      await refusals('already_taken', 2);
      expect((await whatsapp.control.state()).counters.appStateQueries).toBe(1);
      expect((await whatsapp.gateway.history()).chunks).toEqual([]);
    },
  );

  it('50,000 mappings are stored without a pause', async () => {
    const pause = await pauseIn(async () => {
      await send(mappings(50_000, 100_000), { download: true });
      await taken();
    });
    await continues(pause);
    expect(await newMappings()).toBe(50_000);
  }, 120_000);

  it('30,000 chats are stored without a pause', async () => {
    const pause = await pauseIn(async () => {
      await send(chats(30_000, { from: 200_000 }), { download: true });
      await taken();
    });
    await continues(pause);
    expect(await newMappings()).toBe(30_000);
  }, 120_000);
});
