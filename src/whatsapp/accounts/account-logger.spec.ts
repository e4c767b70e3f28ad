import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
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

describe('the log of a session', () => {
  let attempt: number | null;
  const log = new AccountLogger('sales', () => attempt);

  beforeEach(() => {
    attempt = 3;
  });

  it.each(['debug', 'log', 'warn', 'error'] as const)('prints %s as one sentence', (level) => {
    Logger.overrideLogger(new ConsoleLogger({ colors: false }));
    log[level]('the connection broke', { code: 428 });
    expect(printed).toContain(`${level.toUpperCase()} [WhatsappSession] sales #3: the connection broke\n`);
    expect(printed.trim().split('\n')).toHaveLength(1);
  });

  it.each(['debug', 'log', 'warn', 'error'] as const)('gives %s its fields in JSON', (level) => {
    Logger.overrideLogger(new ConsoleLogger({ json: true }));
    log[level]('the connection broke', { code: 428 });
    expect(JSON.parse(printed)).toMatchObject({
      level,
      context: 'WhatsappSession',
      message: { message: 'the connection broke', accountId: 'sales', attempt: 3, code: 428 },
    });
  });

  it('names the attempt that is current when the line is written', () => {
    Logger.overrideLogger(new ConsoleLogger({ colors: false }));
    attempt = null;
    log.log('begins');
    attempt = 1;
    log.log('connects');
    expect(printed).toMatch(/ sales: begins\n.* sales #1: connects\n/);
  });

  it('gives its fields to a logger that copies the properties of what it is given', () => {
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

describe('a line of the log', () => {
  it('is a sentence wherever it is taken for text', () => {
    expect(String(new LogLine('sales', 3, 'the connection broke'))).toBe('sales #3: the connection broke');
    expect(String(new LogLine('sales', null, 'linked'))).toBe('sales: linked');
    expect(String(new LogLine('sales', 0, 'linked'))).toBe('sales: linked');
  });

  it('keeps its own fields against details of the same name', () => {
    const line = new LogLine('sales', 3, 'linked', { accountId: 'other', attempt: 9, message: 'x' });
    expect(Object.entries(line).sort()).toEqual([
      ['accountId', 'sales'],
      ['attempt', 3],
      ['message', 'linked'],
    ]);
  });
});
