import { type BrokenStorage, brokenStorage, right } from './broken-storage.js';

const RULES = {
  order: 'writes take effect in the order of the calls',
  readAfter: 'a read sees the writes that were asked for before it',
  closed: 'a closed writer rejects everything with AttemptOver and changes nothing',
  drain: 'closing with drain lets the writes finish that were asked for',
  drop: 'closing with drop leaves every write either done or rejected',
  closeAgain: 'closing again is safe, and closing an old writer leaves the new one open',
  second: 'a second writer of a hold ends the first',
  newer: 'a newer hold ends the writer of the older one, which can open no other',
  lost: 'a hold that is lost writes no more',
  others: 'writers of other accounts are no one else’s concern',
} as const;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

export const brokenWriters: readonly BrokenStorage[] = [
  brokenStorage('does the latest write first', RULES.order, () => {
    let wait = 100;
    return { turn: () => turns(wait--) };
  }),
  brokenStorage('reads past the queue', RULES.readAfter, () => {
    let calls = 0;
    return { turn: () => turns(calls++ % 2 === 0 ? 10 : 0) };
  }),
  brokenStorage('accepts writes after close', RULES.closed, {
    admits: ({ superseded, lost }) => !superseded && !lost,
  }),
  brokenStorage('drops what it should drain', RULES.drain, { drain: () => Promise.resolve() }),
  brokenStorage('acknowledges what it never does', RULES.drop, () => {
    let writes = 0;
    return {
      transaction: (disk, account, apply) => {
        if (writes++ === 0) right.transaction(disk, account, apply);
      },
      drain: () => Promise.resolve(),
      admits: ({ superseded, lost }) => !superseded && !lost,
    };
  }),
  brokenStorage('closes the account instead of the writer', RULES.closeAgain, () => {
    let closed = 0;
    return {
      drain: async (pending) => {
        closed++;
        await pending;
      },
      admits: (state) => right.admits(state) && closed < 2,
    };
  }),
  brokenStorage('lets two writers of a hold write', RULES.second, {
    admits: ({ closed, lost }) => !closed && !lost,
  }),
  brokenStorage('lets an older hold open a writer', RULES.newer, { admitsOpen: ({ lost }) => !lost }),
  brokenStorage('does not notice that a hold is lost', RULES.lost, {
    admits: ({ closed, superseded }) => !closed && !superseded,
  }),
  brokenStorage('opens writers for a lost hold', RULES.lost, { admitsOpen: ({ older }) => !older }),
  brokenStorage('closes everybody’s writers', RULES.others, () => {
    let over = false;
    return {
      drain: async (pending) => {
        over = true;
        await pending;
      },
      admits: (state) => right.admits(state) && !over,
    };
  }),
];
