import { beforeAll, describe, expect, it } from '@jest/globals';
import { IN_PRODUCTION } from '../support/told.js';
import { WholeLife } from './whole-life.js';

interface Form {
  readonly name: string;
  readonly environment: Record<string, string>;
  /** A line of Baileys about a login. */
  readonly login: RegExp;
  /** The line that tells which phone is linked. */
  readonly connected: RegExp;
}

const FORMS: readonly Form[] = [
  {
    name: 'as JSON',
    environment: IN_PRODUCTION,
    login:
      /^\{"level":"info".*"context":"Baileys","accountId":"first","attempt":2,"severity":"\w+".*"msg":"logging in/m,
    connected: /"accountId":"first",.*"phone":"…\d\d".*"msg":"connected"/,
  },
  {
    name: 'for people',
    environment: {},
    login: /INFO: \[Baileys\] first #2: logging in.* \{"severity":"\w+"/,
    connected: /first #\d: connected \{"phone":"…\d\d"\}/,
  },
];

describe.each(FORMS)('the most talkative log, $name', ({ environment, login, connected }) => {
  let life: WholeLife;

  beforeAll(async () => {
    life = await WholeLife.live(environment);
  }, 120_000);

  it('tells what Baileys does, with account and attempt, and how serious it finds it', () => {
    expect(life.output).toMatch(login);
    const lines = life.output.split('\n').filter((line) => /\[Baileys\]|"Baileys"/.test(line));
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => line.includes('@'))).toEqual([]);
  });

  it('holds no code, key, token, credential, message or number', () => {
    expect(life.secrets.size).toBeGreaterThan(5_000);
    expect(life.secrets.foundIn(life.output)).toEqual([]);
  });

  it('shows how the number ends that is linked', () => {
    expect(life.output).toMatch(connected);
  });

  it('shows the id of a key that somebody took for the name of an account', () => {
    expect(life.output).toMatch(/wak_[A-Za-z0-9]{8}_…/);
  });
});
