import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { initAuthCreds, type AuthenticationCreds, type BinaryNode } from '@whiskeysockets/baileys';
import { CodeRefused, KeepAliveTimeout } from '../../../../src/baileys/baileys.errors.js';
import { PhoneCodeLinking } from '../../../../src/baileys/pairing/phone-code-linking.js';
import type { PairingAttempt } from '../../../../src/baileys/pairing/pairing-handshake.js';
import { eventually } from '../../../support/eventually.js';
import {
  bytesOf,
  codeNotification,
  reference,
  refreshCode,
  registration,
  TypingPhone,
} from './typing-phone.js';

const PHONE = '4915112345678';

/** A query of the linking method to WhatsApp. The test decides how it is answered. */
interface Question {
  readonly stage: string;
  readonly node: BinaryNode;
  answer(answer: BinaryNode | undefined): void;
  refuse(error: unknown): void;
}

function accepted(ref: string): BinaryNode {
  return {
    tag: 'iq',
    attrs: { type: 'result' },
    content: [{ tag: 'link_code_companion_reg', attrs: {}, content: [reference(ref)] }],
  };
}

/** An error like the rejection of Baileys' `query` for an error answer. */
function refusal(code: number, text: string): Error {
  return Object.assign(new Error(text), { data: code, output: { statusCode: 500 } });
}

describe('PhoneCodeLinking', () => {
  let credentials: AuthenticationCreds;
  let questions: Question[];
  let shown: string[];
  let failures: unknown[];
  let over: boolean;
  let linking: PhoneCodeLinking;

  beforeEach(() => {
    [questions, shown, failures, over] = [[], [], [], false];
    credentials = initAuthCreds();
    const attempt: PairingAttempt = {
      isOver: () => over,
      emit: (event) => {
        expect(event).toMatchObject({ type: 'codes', step: 'code' });
        shown.push(...event.values);
      },
      fail: (error) => failures.push(error),
      closeAfterSending: (error) => failures.push(error),
      accept: () => Promise.reject(new Error('accept is not used in this spec')),
      expectServerClose: () => undefined,
    };
    const query = (node: BinaryNode): Promise<unknown> =>
      new Promise((answer, refuse) => {
        questions.push({ stage: registration(node)?.attrs['stage'] ?? '', node, answer, refuse });
      });
    linking = new PhoneCodeLinking({ query }, credentials, PHONE, 1_000, attempt);
  });

  async function question(number: number): Promise<Question> {
    await eventually(
      () => questions.length > number,
      5_000,
      () => `${questions.length} questions`,
    );
    const asked = questions[number];
    if (!asked) throw new Error('unreachable');
    return asked;
  }

  async function shownCode(): Promise<{ readonly code: string; readonly hello: BinaryNode }> {
    linking.onReferences();
    const hello = await question(0);
    hello.answer(accepted('2@ref'));
    await settled();
    return { code: shown[0] ?? '', hello: hello.node };
  }

  /** Waits until the pending key derivations and their effects are done. */
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await promisify(pbkdf2)('', '', 131_072, 32, 'sha256');
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('a code is shown only after WhatsApp accepted it, under a browser name that WhatsApp knows', async () => {
    linking.onReferences();
    const { node, stage } = await question(0);
    await settled();
    expect(shown).toEqual([]);
    expect(stage).toBe('companion_hello');
    expect(node.attrs).toMatchObject({ type: 'set', xmlns: 'md', to: '@s.whatsapp.net' });
    expect(registration(node)?.attrs).toMatchObject({ jid: `${PHONE}@s.whatsapp.net` });
    expect(bytesOf(node, 'companion_platform_display').toString()).toBe('Chrome (Mac OS)');
    expect(bytesOf(node, 'companion_platform_id').toString()).toBe('1');
    expect(bytesOf(node, 'companion_server_auth_key_pub')).toEqual(Buffer.from(credentials.noiseKey.public));
    expect(bytesOf(node, 'link_code_pairing_nonce')).toEqual(Buffer.of(0));

    questions[0]?.answer(accepted('2@ref'));
    await settled();
    expect(shown).toEqual([expect.stringMatching(/^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$/)]);
  });

  it('the device and the phone on which the code is typed agree on a secret', async () => {
    const { code, hello } = await shownCode();
    const phone = new TypingPhone();
    linking.onNotification(phone.types(code, hello, '2@ref'));
    const finish = await question(1);
    expect(finish.stage).toBe('companion_finish');
    expect(bytesOf(finish.node, 'link_code_pairing_ref').toString()).toBe('2@ref');
    expect(phone.advSecret(finish.node)).toBe(credentials.advSecretKey);
    finish.answer({ tag: 'iq', attrs: { type: 'result' } });
    await settled();
    expect(failures).toEqual([]);
  });

  it('a mistyped code can be typed again, but not without limit', async () => {
    const { code, hello } = await shownCode();
    const [clumsy, careful] = [new TypingPhone(), new TypingPhone()];
    linking.onNotification(clumsy.types('AAAA-AAAA', hello, '2@ref'));
    const first = await question(1);
    expect(() => clumsy.advSecret(first.node)).toThrow();
    linking.onNotification(careful.types(code, hello, '2@ref'));
    expect(careful.advSecret((await question(2)).node)).toBe(credentials.advSecretKey);

    linking.onNotification(new TypingPhone().types(code, hello, '2@ref'));
    await question(3);
    linking.onNotification(new TypingPhone().types(code, hello, '2@ref'));
    await settled();
    expect(questions).toHaveLength(4);
  });

  it('notifications for another code, repeated ones and unreadable ones are ignored', async () => {
    const { code, hello } = await shownCode();
    const typed = new TypingPhone().types(code, hello, '2@ref');
    linking.onNotification(new TypingPhone().types(code, hello, '2@other'));
    linking.onNotification(refreshCode('2@other'));
    linking.onNotification(codeNotification('primary_hello', reference('2@ref')));
    linking.onNotification(codeNotification('refresh_code'));
    linking.onNotification(codeNotification('something_else', reference('2@ref')));
    linking.onNotification({ tag: 'notification', attrs: { type: 'link_code_companion_reg' } });
    linking.onNotification(typed);
    linking.onNotification(typed);
    await question(1);
    await settled();
    expect(questions).toHaveLength(2);
    expect([shown.length, failures]).toEqual([1, []]);
  });

  it('linking continues when the phone’s keys give no secret', async () => {
    const { code, hello } = await shownCode();
    const phone = new TypingPhone();
    phone.identity.public.fill(0);
    linking.onNotification(phone.types(code, hello, '2@ref'));
    await settled();
    expect([questions.length, failures]).toEqual([1, []]);
    const other = new TypingPhone();
    linking.onNotification(other.types(code, hello, '2@ref'));
    expect(other.advSecret((await question(1)).node)).toBe(credentials.advSecretKey);
  });

  it('a new code is made when WhatsApp requests one, and the old code is no longer accepted', async () => {
    const { code, hello } = await shownCode();
    linking.onNotification(refreshCode('2@ref'));
    linking.onNotification(refreshCode('2@ref'));
    const second = await question(1);
    expect(second.stage).toBe('companion_hello');
    second.answer(accepted('2@new'));
    await settled();
    expect(shown).toHaveLength(2);
    expect(shown[1]).not.toBe(code);

    linking.onNotification(new TypingPhone().types(code, hello, '2@ref'));
    const phone = new TypingPhone();
    linking.onNotification(phone.types(shown[1] ?? '', second.node, '2@new'));
    expect(phone.advSecret((await question(2)).node)).toBe(credentials.advSecretKey);
    await settled();
    expect(questions).toHaveLength(3);
  });

  it('linking fails when only the user may request another code, because automatic requests would never end', async () => {
    await shownCode();
    linking.onNotification(refreshCode('2@ref', 'true'));
    await settled();
    expect(failures).toMatchObject([{ name: 'CodeRefused', code: 409, detail: 'replaced' }]);
    expect(questions).toHaveLength(1);
  });

  it('linking fails when WhatsApp refuses the code, and reports WhatsApp’s reason', async () => {
    linking.onReferences();
    (await question(0)).refuse(refusal(400, 'bad-request'));
    await settled();
    expect(failures).toEqual([expect.any(CodeRefused)]);
    expect(failures[0]).toMatchObject({ code: 400, detail: 'bad-request' });
    expect(shown).toEqual([]);
  });

  it('linking fails when WhatsApp refuses the agreed keys, unless the code has been typed again', async () => {
    const { code, hello } = await shownCode();
    linking.onNotification(new TypingPhone().types('AAAA-AAAA', hello, '2@ref'));
    const first = await question(1);
    linking.onNotification(new TypingPhone().types(code, hello, '2@ref'));
    const second = await question(2);
    first.refuse(refusal(404, 'item-not-found'));
    await settled();
    expect(failures).toEqual([]);
    second.refuse(refusal(403, 'forbidden'));
    await settled();
    expect(failures).toEqual([expect.any(CodeRefused)]);
    expect(failures[0]).toMatchObject({ code: 403, detail: 'forbidden' });
  });

  it.each([
    [
      'gives no answer',
      (asked: Question) => {
        asked.answer(undefined);
      },
    ],
    [
      'gives no answer in time',
      (asked: Question) => {
        asked.refuse(Object.assign(new Error('Timed Out'), { data: {}, output: { statusCode: 408 } }));
      },
    ],
  ])('when WhatsApp %s, companion_hello fails and companion_finish keeps waiting', async (_what, silence) => {
    const { code, hello } = await shownCode();
    linking.onNotification(new TypingPhone().types(code, hello, '2@ref'));
    silence(await question(1));
    await settled();
    expect(failures).toEqual([]);
    linking.onNotification(refreshCode('2@ref'));
    silence(await question(2));
    await settled();
    expect(failures).toEqual([expect.any(KeepAliveTimeout)]);
  });

  it('linking fails when the answer does not name its code', async () => {
    linking.onReferences();
    (await question(0)).answer({ tag: 'iq', attrs: { type: 'result' } });
    await settled();
    expect(failures).toEqual([new Error('companion_hello was answered without a reference')]);
  });

  it('one code is made, however often WhatsApp sends references', async () => {
    await shownCode();
    linking.onReferences();
    await settled();
    expect(questions).toHaveLength(1);
  });

  it.each(['the attempt is over', 'a device has been accepted'])(
    'nothing is sent, shown or reported when %s',
    async (why) => {
      const { code, hello } = await shownCode();
      linking.onNotification(refreshCode('2@ref'));
      const asked = await question(1);
      if (why === 'the attempt is over') over = true;
      else linking.onAccepted();
      asked.answer(accepted('2@new'));
      await settled();
      linking.onNotification(new TypingPhone().types(code, hello, '2@new'));
      await settled();
      expect([questions.length, shown.length, failures]).toEqual([2, 1, []]);
    },
  );

  it('a refusal that arrives after the attempt is over is not reported', async () => {
    linking.onReferences();
    const asked = await question(0);
    over = true;
    asked.refuse(refusal(500, 'Unknown error'));
    await settled();
    expect(failures).toEqual([]);
  });
});
