import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import { LogLine } from '../domain/log-line.js';
import { AccountLogger } from './account-logger.js';

let printed: string;

beforeEach(() => {
  printed = '';
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  Logger.overrideLogger(new ConsoleLogger());
});

describe('AccountLogger', () => {
  let attempt: number | null;
  const log = new AccountLogger('sales', () => attempt);

  beforeEach(() => {
    attempt = 3;
  });

  it.each(['debug', 'log', 'warn', 'error'] as const)(
    'the logger prints a %s line as one line of text',
    (level) => {
      Logger.overrideLogger(new ConsoleLogger({ colors: false }));
      log[level]('the connection broke', { code: 428 });
      expect(printed).toContain(`${level.toUpperCase()} [WhatsappSession] sales #3: the connection broke\n`);
      expect(printed.trim().split('\n')).toHaveLength(1);
    },
  );

  it.each(['debug', 'log', 'warn', 'error'] as const)(
    'the logger writes the fields of a %s line as JSON',
    (level) => {
      Logger.overrideLogger(new ConsoleLogger({ json: true }));
      log[level]('the connection broke', { code: 428 });
      expect(JSON.parse(printed)).toMatchObject({
        level,
        context: 'WhatsappSession',
        message: { message: 'the connection broke', accountId: 'sales', attempt: 3, code: 428 },
      });
    },
  );

  it('the logger adds the current attempt to each line', () => {
    Logger.overrideLogger(new ConsoleLogger({ colors: false }));
    attempt = null;
    log.log('begins');
    attempt = 1;
    log.log('connects');
    expect(printed).toMatch(/ sales: begins\n.* sales #1: connects\n/);
  });

  it('the logger passes its fields to a host logger that copies the properties of its argument', () => {
    const records: object[] = [];
    const copy = (line: object, ...rest: unknown[]): void => {
      records.push({ ...line, context: rest.at(-1) });
    };
    const structured: LoggerService = { log: copy, error: copy, warn: copy, debug: copy };
    Logger.overrideLogger(structured);
    new AccountLogger('sales', () => 3, 'Baileys').error('the connection broke', { code: 428 });
    expect(records).toEqual([
      { message: 'the connection broke', accountId: 'sales', attempt: 3, code: 428, context: 'Baileys' },
    ]);
  });
});

describe('LogLine', () => {
  it('a log line converts to its message with account and attempt', () => {
    expect(String(new LogLine('sales', 3, 'the connection broke'))).toBe('sales #3: the connection broke');
    expect(String(new LogLine('sales', null, 'linked'))).toBe('sales: linked');
    expect(String(new LogLine('sales', 0, 'linked'))).toBe('sales: linked');
  });

  it('a log line keeps its own fields when details have the same names', () => {
    const line = new LogLine('sales', 3, 'linked', { accountId: 'other', attempt: 9, message: 'x' });
    expect(Object.entries(line).sort()).toEqual([
      ['accountId', 'sales'],
      ['attempt', 3],
      ['message', 'linked'],
    ]);
  });
});
