import { type BrokenStorage, brokenStorage, right } from './broken-storage.js';

const RULES = {
  order: 'writes take effect in the order of the calls',
  readAfter: 'a read sees the writes that were called before it',
  closed: 'a closed writer rejects everything with AttemptOver and changes nothing',
  drain: 'closing with drain finishes the writes that were called before',
  drop: 'after closing with drop every write is either done or rejected',
  closeAgain: 'a writer can be closed again, and closing an old writer keeps the new one open',
  second: 'a second writer of a lease ends the first',
  newer: 'a newer lease ends the writer of the older one, which can open no other writer',
  lost: 'a writer of a lost lease rejects everything',
  others: 'closing a writer does not affect writers of other accounts',
} as const;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** Auth state writers that each break one rule of the contract. */
export const brokenWriters: readonly BrokenStorage[] = [
  brokenStorage('executes the latest write first', RULES.order, () => {
    let wait = 100;
    return { turn: () => turns(wait--) };
  }),
  brokenStorage('reads before earlier writes', RULES.readAfter, () => {
    let calls = 0;
    return { turn: () => turns(calls++ % 2 === 0 ? 10 : 0) };
  }),
  brokenStorage('accepts writes after close', RULES.closed, {
    admits: ({ superseded, lost }) => !superseded && !lost,
  }),
  brokenStorage('drops writes that it should drain', RULES.drain, { drain: () => Promise.resolve() }),
  brokenStorage('acknowledges writes that it never executes', RULES.drop, () => {
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
  brokenStorage('accepts two writers of one lease', RULES.second, {
    admits: ({ closed, lost }) => !closed && !lost,
  }),
  brokenStorage('opens a writer for an older lease', RULES.newer, { admitsOpen: ({ lost }) => !lost }),
  brokenStorage('does not notice that a lease is lost', RULES.lost, {
    admits: ({ closed, superseded }) => !closed && !superseded,
  }),
  brokenStorage('opens writers for a lost lease', RULES.lost, { admitsOpen: ({ older }) => !older }),
  brokenStorage('closes the writers of all accounts', RULES.others, () => {
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
