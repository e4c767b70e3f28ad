import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { baileysLogger, type BaileysLogLevel } from './baileys.logger.js';

const lines: { readonly line: object; readonly context: unknown }[] = [];
const unexpected = jest.fn();

beforeEach(() => {
  lines.length = 0;
  unexpected.mockClear();
  Logger.overrideLogger({
    log: (line: object, context: unknown) => lines.push({ line, context }),
    warn: unexpected,
    error: unexpected,
  });
});

function logAt(level: BaileysLogLevel) {
  return baileysLogger(level, 'sales', 3);
}

/** Returns the details that the logger writes for one line. */
function shown(given: unknown, text?: string): Record<string, unknown> {
  logAt('debug').info(given, text);
  const { accountId, attempt, severity, ...rest } = Object.fromEntries(
    Object.entries(lines.pop()?.line ?? {}),
  ) as Record<string, unknown>;
  expect([accountId, attempt, severity]).toEqual(['sales', 3, 'info']);
  return rest;
}

describe('baileysLogger', () => {
  it.each([
    ['off', []],
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('the log level %s shows %j', (level, expected) => {
    const logger = logAt(level).child({ class: 'ns' });
    for (const severity of ['trace', 'error', 'warn', 'info', 'debug'] as const) {
      logger[severity]({}, severity);
    }
    expect(lines.map(({ line }) => (line as { message: string }).message)).toEqual(expected);
    expect(lines.every(({ context }) => context === 'Baileys')).toBe(true);
    expect(unexpected).not.toHaveBeenCalled();
  });

  it('the level that Baileys sees is never trace, at which it prints every stanza', () => {
    expect((['off', 'error', 'warn', 'info', 'debug'] as const).map((level) => logAt(level).level)).toEqual([
      'silent',
      'error',
      'warn',
      'info',
      'debug',
    ]);
  });

  it('a log line shows Baileys’ sentence, with or without an object before it', () => {
    expect(shown('Event buffer activated')).toEqual({ message: 'Event buffer activated' });
    expect(shown({ preKeyCount: 30, jid: 'x' }, 'recv pre-key count')).toEqual({
      message: 'recv pre-key count',
      preKeyCount: 30,
    });
  });

  it('a log line shows the message and status code of an error, and the first line of a stack', () => {
    const boom = Object.assign(new Error('Connection Failure'), {
      output: { statusCode: 401, payload: { secret: 1 } },
      data: { tag: 'failure', attrs: { location: 'atn' } },
    });
    const expected = { message: 'failed', error: 'Connection Failure', statusCode: 401 };
    expect(shown({ err: boom }, 'failed')).toEqual(expected);
    expect(shown(boom, 'failed')).toEqual(expected);
    expect(shown({ error: 'Timed Out' }, 'failed')).toEqual({ message: 'failed', error: 'Timed Out' });
    expect(shown({ trace: 'Error: lost\n    at here' }, 'closed')).toEqual({
      message: 'closed',
      error: 'Error: lost',
    });
  });

  it('a log line shows the tag, type and id of a stanza', () => {
    const node = {
      tag: 'notification',
      attrs: { id: '12.34-5', type: 'devices', from: '4915112345678@s.whatsapp.net', t: '1700000000' },
      content: [{ tag: 'key', attrs: {}, content: Buffer.from('secret') }],
    };
    const expected = { message: 'x', tag: 'notification', type: 'devices', id: '12.34-5' };
    for (const given of [node, { node }, { frame: node }, { recv: node }]) {
      expect(shown(given, 'x')).toEqual(expected);
    }
  });

  it.each([
    ['sending newsletter message to 4915112345678@newsletter', 'sending newsletter message to …'],
    ["4915112345678's device list updated", "…'s device list updated"],
    [
      'Skipping deletion of non-existent session: 4915112345678.0',
      'Skipping deletion of non-existent session: ….0',
    ],
    ['key q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA= lost', 'key … lost'],
    [
      'Cancelled pending phone request for message 3EB0C767D097B7',
      'Cancelled pending phone request for message …',
    ],
    ['LID 123456789012:7@lid is unknown', 'LID … is unknown'],
  ])('a log line shows no address, number or key within a sentence: %s', (text, expected) => {
    expect(shown(text)).toEqual({ message: expected });
    expect(shown({ err: new Error(text) }, 'x')).toEqual({ message: 'x', error: expected });
  });

  it('the logger accepts any value that Baileys passes, and cuts long sentences', () => {
    for (const given of [undefined, null, 7, [], { err: null, node: 'text', count: 'many', attrs: [] }]) {
      expect(shown(given, 'x')).toEqual({ message: 'x' });
    }
    expect(String(shown('x'.repeat(2) + ' y'.repeat(1_000))['message'])).toHaveLength(300);
  });
});
