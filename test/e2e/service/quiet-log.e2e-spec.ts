import { beforeAll, describe, expect, it } from '@jest/globals';
import { WholeLife } from './whole-life.js';

interface Form {
  readonly name: string;
  readonly isJson: boolean;
  /** A line of Baileys about a login. */
  readonly login: RegExp;
  /** The line with the linked phone number. */
  readonly connected: RegExp;
}

const FORMS: readonly Form[] = [
  {
    name: 'as JSON',
    isJson: true,
    login:
      /^\{"level":"info".*"context":"Baileys","accountId":"first","attempt":2,"severity":"\w+".*"msg":"logging in/m,
    connected: /"accountId":"first",.*"phone":"…\d\d".*"msg":"connected"/,
  },
  {
    name: 'for people',
    isJson: false,
    login: /INFO: \[Baileys\] first #2: logging in.* \{"severity":"\w+"/,
    connected: /first #\d: connected \{"phone":"…\d\d"\}/,
  },
];

describe('the most talkative log', () => {
  let life: WholeLife;

  beforeAll(async () => {
    life = await WholeLife.live();
  }, 120_000);

  it('holds no code, key, token, credential, message or number', () => {
    expect(life.secrets.size).toBeGreaterThan(5_000);
    expect(life.secrets.foundIn(life.output)).toEqual([]);
  });

  describe.each(FORMS)('$name', ({ isJson, login, connected }) => {
    let lines: string[];

    beforeAll(() => {
      lines = life.output.split('\n').filter((line) => line.startsWith('{') === isJson);
    });

    it('tells what Baileys does, with account and attempt, and how serious it finds it', () => {
      expect(lines.join('\n')).toMatch(login);
      const ofBaileys = lines.filter((line) => /\[Baileys\]|"Baileys"/.test(line));
      expect(ofBaileys.length).toBeGreaterThan(100);
      expect(ofBaileys.filter((line) => line.includes('@'))).toEqual([]);
    });

    it('begins with what the service says when it starts', () => {
      expect(lines.join('\n')).toMatch(/InstanceLoader/);
    });

    it('shows how the number ends that is linked', () => {
      expect(lines.join('\n')).toMatch(connected);
    });

    it('shows the id of a key that somebody took for the name of an account', () => {
      expect(lines.join('\n')).toMatch(/wak_[A-Za-z0-9]{8}_…/);
    });
  });
});
