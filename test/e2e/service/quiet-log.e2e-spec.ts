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

describe('the most detailed log', () => {
  let life: WholeLife;

  beforeAll(async () => {
    life = await WholeLife.live();
  }, 120_000);

  it('the log contains no code, key, token, credentials, message or phone number', () => {
    expect(life.secrets.size).toBeGreaterThan(5_000);
    expect(life.secrets.foundIn(life.output)).toEqual([]);
  });

  describe.each(FORMS)('the log $name', ({ isJson, login, connected }) => {
    let lines: string[];

    beforeAll(() => {
      lines = life.output.split('\n').filter((line) => line.startsWith('{') === isJson);
    });

    it('the log contains the lines of Baileys, with account, attempt and severity', () => {
      expect(lines.join('\n')).toMatch(login);
      const ofBaileys = lines.filter((line) => /\[Baileys\]|"Baileys"/.test(line));
      expect(ofBaileys.length).toBeGreaterThan(100);
      expect(ofBaileys.filter((line) => line.includes('@'))).toEqual([]);
    });

    it('the log begins with the lines of the start', () => {
      expect(lines.join('\n')).toMatch(/InstanceLoader/);
    });

    it('the log shows the last digits of the linked phone number', () => {
      expect(lines.join('\n')).toMatch(connected);
    });

    it('the log shows the id of a key that was used as an account name', () => {
      expect(lines.join('\n')).toMatch(/wak_[A-Za-z0-9]{8}_…/);
    });
  });
});
