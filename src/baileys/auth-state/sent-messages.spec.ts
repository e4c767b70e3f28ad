import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AuthStateChange } from '../../whatsapp/ports/auth-state.store.js';
import { SentMessages } from './sent-messages.js';

const CHAT = '4915100000001@s.whatsapp.net';
const DAY_MS = 24 * 60 * 60 * 1000;

/** The rows of one account, as a store keeps them over connections. */
class Rows {
  readonly values = new Map<string, Uint8Array>();
  failing = false;

  read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    if (this.failing) return Promise.reject(new Error('the disk failed'));
    const found = ids.flatMap((id) => {
      const value = this.values.get(`${type} ${id}`);
      return value ? [[id, value] as const] : [];
    });
    return Promise.resolve(new Map(found));
  }

  write({ keys = [] }: AuthStateChange): Promise<void> {
    if (this.failing) return Promise.reject(new Error('the disk failed'));
    for (const { type, id, value } of keys) {
      if (value) this.values.set(`${type} ${id}`, value);
      else this.values.delete(`${type} ${id}`);
    }
    return Promise.resolve();
  }

  /** Each message has two rows. */
  get messages(): number {
    return this.values.size / 2;
  }

  get bytes(): number {
    return [...this.values.values()].reduce((sum, { length }) => sum + length, 0);
  }
}

describe('SentMessages', () => {
  let rows: Rows;
  let now: number;

  beforeEach(() => {
    rows = new Rows();
    now = 1_800_000_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const text = (conversation: string) => ({ conversation });
  const found = async (id: string, messages = new SentMessages(rows)): Promise<string | null | undefined> =>
    (await messages.find(CHAT, id))?.conversation;

  it('a message is found on this and on later connections, and only in its own chat', async () => {
    const messages = new SentMessages(rows);
    await messages.keep(CHAT, 'A', text('hello'));
    expect([await found('A', messages), await found('A')]).toEqual(['hello', 'hello']);
    expect(await new SentMessages(rows).find('4915100000002@s.whatsapp.net', 'A')).toBeUndefined();
    expect(await found('B')).toBeUndefined();
  });

  it('the same message sent again replaces the first one', async () => {
    const messages = new SentMessages(rows);
    await messages.keep(CHAT, 'A', text('first'));
    await messages.keep(CHAT, 'A', text('second'));
    expect([rows.messages, await found('A')]).toEqual([1, 'second']);
  });

  it('the latest 512 messages are kept, over connections', async () => {
    let messages = new SentMessages(rows);
    for (let number = 1; number <= 600; number += 1) {
      now += 1;
      if (number % 100 === 0) messages = new SentMessages(rows);
      await messages.keep(CHAT, String(number), text(`text ${number}`));
    }
    expect(rows.messages).toBe(512);
    expect(await Promise.all(['88', '89', '600'].map((id) => found(id)))).toEqual([
      undefined,
      'text 89',
      'text 600',
    ]);
  });

  it('at most 2 MiB are kept, and a message of more than 256 KiB is not', async () => {
    const messages = new SentMessages(rows);
    for (let number = 1; number <= 20; number += 1) {
      now += 1;
      await messages.keep(CHAT, String(number), text(`${number} ${'x'.repeat(200_000)}`));
      expect(rows.bytes).toBeLessThanOrEqual(2 * 1024 * 1024 + 512 * 100);
    }
    expect(rows.messages).toBe(10);
    expect(await found('11')).toMatch(/^11 x/);
    await messages.keep(CHAT, 'large', text('x'.repeat(300_000)));
    expect([rows.messages, await found('large')]).toEqual([10, undefined]);
  });

  it('a message is kept for a day, and deleted when the next one is kept', async () => {
    const messages = new SentMessages(rows);
    await messages.keep(CHAT, 'A', text('hello'));
    now += DAY_MS;
    expect(await found('A')).toBe('hello');
    now += 1;
    expect(await found('A')).toBeUndefined();
    await messages.keep(CHAT, 'B', text('later'));
    expect([rows.messages, await found('B')]).toEqual([1, 'later']);
  });

  it('a store that fails once does not prevent later reads', async () => {
    const messages = new SentMessages(rows);
    rows.failing = true;
    await expect(messages.keep(CHAT, 'A', text('hello'))).rejects.toThrow('the disk failed');
    rows.failing = false;
    await messages.keep(CHAT, 'A', text('hello'));
    expect(await found('A', messages)).toBe('hello');
  });
});
