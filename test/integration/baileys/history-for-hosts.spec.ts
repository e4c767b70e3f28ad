import { afterEach, describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys';
import type { HistoryScope } from '../../../src/baileys/history/history-chunk.js';
import { eventually } from '../../support/eventually.js';
import { chats, historyOf, pnOf } from '../../support/history/histories.js';
import type { HistoryView } from './gateway.program.js';
import { SimulatedWhatsapp } from './simulated-whatsapp.js';

const { INITIAL_BOOTSTRAP, FULL, RECENT, PUSH_NAME } = proto.HistorySync.HistorySyncType;
const CHATS = 250;

describe('the history that a host application gets', () => {
  let whatsapp: SimulatedWhatsapp;

  afterEach(() => whatsapp.stop());

  /** Sends one history of each type. @returns what the host got, after all that it takes have been read */
  async function received(history: HistoryScope, taken: number): Promise<HistoryView> {
    whatsapp = await SimulatedWhatsapp.start({ history });
    const phone = await whatsapp.link(1);
    const send = (syncType: number, payload: string, progress: number) =>
      whatsapp.control.sendHistory({ phone, syncType, payload, progress, download: true });
    await send(INITIAL_BOOTSTRAP, chats(CHATS), 10);
    await send(FULL, chats(CHATS, { from: 1_000, syncType: FULL }), 20);
    await send(RECENT, chats(CHATS, { from: 2_000, syncType: RECENT }), 90);
    const pushnames = [{ id: pnOf(1), pushname: 'their own name' }];
    await send(PUSH_NAME, historyOf({ syncType: PUSH_NAME, pushnames }), 100);
    let view = await whatsapp.gateway.history();
    await eventually(
      async () => (view = await whatsapp.gateway.history()).counts.taken === taken,
      20_000,
      () => JSON.stringify(view.counts),
    );
    expect(view.counts.refused).toEqual({});
    return view;
  }

  const allOf = ({ chunks }: HistoryView, kind: string, list: 'chats' | 'contacts' | 'texts'): string[] =>
    chunks.filter((chunk) => chunk.kind === kind).flatMap((chunk) => chunk[list]);
  const range = (from: number): number[] => Array.from({ length: CHATS }, (_, index) => from + index);

  it('with the option none, a host gets nothing', async () => {
    expect((await received('none', 1)).chunks).toEqual([]);
  });

  it('with the option recent, a host gets the first chats, recent messages and names, in pieces', async () => {
    const view = await received('recent', 3);
    for (const [kind, from] of [
      ['initial', 0],
      ['recent', 2_000],
    ] as const) {
      expect(allOf(view, kind, 'chats')).toEqual(range(from).map(pnOf));
      expect(allOf(view, kind, 'texts')).toEqual(range(from).map((index) => `text ${index}`));
      expect(allOf(view, kind, 'contacts')).toEqual(
        range(from).map((index) => `${pnOf(index)} contact ${index}`),
      );
    }
    expect(allOf(view, 'names', 'contacts')).toEqual([`${pnOf(1)} their own name`]);
    expect(allOf(view, 'full', 'chats')).toEqual([]);
    for (const { chats, texts } of view.chunks) expect(chats.length + texts.length).toBeLessThanOrEqual(52);
    expect(view.chunks.map(({ progress }) => progress)).toEqual(
      [...view.chunks].map(({ kind }) => ({ initial: 10, full: 20, recent: 90, names: 100 })[kind]),
    );
  });

  it('with the option full, a host gets older messages, too', async () => {
    const view = await received('full', 4);
    expect(allOf(view, 'full', 'texts')).toEqual(range(1_000).map((index) => `text ${index}`));
    expect(allOf(view, 'recent', 'texts')).toHaveLength(CHATS);
  });
});
