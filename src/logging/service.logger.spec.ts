import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceLogger, type ServiceLoggerOptions } from './service.logger.js';
import { LogLine } from '../whatsapp/domain/log-line.js';

let printed: string;

beforeEach(() => {
  printed = '';
});

function logger(options: Partial<ServiceLoggerOptions> = {}): ServiceLogger {
  const output = {
    write: (line: string): void => {
      printed += line;
    },
  };
  return new ServiceLogger({ level: 'info', json: true, output, ...options });
}

function fail(message: string): never {
  throw new Error(message);
}

/** The only line, which is one JSON object. */
function record(): Record<string, unknown> {
  const [line = '', rest] = printed.split('\n');
  expect(rest).toBe('');
  return JSON.parse(line) as Record<string, unknown>;
}

describe('ServiceLogger', () => {
  it.each(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'])(
    'a start-up line of %s has the level debug',
    (context) => {
      logger().log('mapped', context);
      expect(printed).toBe('');
      logger({ level: 'debug' }).log('mapped', context);
      expect(record()).toMatchObject({ level: 'debug', msg: 'mapped', context });
    },
  );

  it.each([
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['log', 'info'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
  ] as const)('a line of Nest level %s has the level %s', (method, level) => {
    logger({ level: 'trace' })[method]('ready\nsteady', 'Service');
    expect(record()).toEqual({
      level,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      context: 'Service',
      msg: 'ready\nsteady',
    });
  });

  it.each([
    ['a throwing toJSON', { toJSON: () => fail('no JSON') }],
    [
      'a throwing getter',
      {
        get value() {
          return fail('no value');
        },
      },
    ],
  ])('a line with a value that cannot be printed, with %s, is reported and does not throw', (_, value) => {
    logger().warn({ message: 'stored', value: { value } }, 'Service');
    logger().warn(value, 'Service');
    const lines = printed.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array(2).fill(
        expect.objectContaining({
          level: 'warn',
          msg: expect.stringContaining('cannot be printed') as unknown,
        }),
      ),
    );
  });

  it('lines below the configured level are not written, and silent writes none', () => {
    logger({ level: 'warn' }).log('ready', 'Service');
    logger({ level: 'silent' }).fatal('lost', 'Service');
    expect(printed).toBe('');
  });

  it('a line about an account has its fields, which cannot replace the fields of every line', () => {
    const details = { code: 428, level: 'none', time: 'none', context: 'none', msg: 'none' };
    logger().warn(new LogLine('sales', 3, 'the connection broke', details), 'WhatsappSession');
    expect(record()).toEqual({
      level: 'warn',
      time: expect.stringContaining('T') as unknown,
      context: 'WhatsappSession',
      accountId: 'sales',
      attempt: 3,
      code: 428,
      msg: 'the connection broke',
    });
  });

  it('an error is in `err` with its stack and causes, without its other properties', () => {
    const cause = new Error('no space');
    const error = Object.assign(new TypeError('not stored', { cause }), { code: 'FULL', data: 'a node' });
    logger().error(error, undefined, 'Store');
    const { err, ...line } = record();
    expect(line).toMatchObject({ level: 'error', context: 'Store', msg: 'not stored' });
    expect(err).toEqual({
      type: 'TypeError',
      code: 'FULL',
      message: 'not stored: no space',
      stack: expect.stringMatching(
        /TypeError: not stored\n +at .*caused by: Error: no space\n +at /s,
      ) as unknown,
    });
  });

  it('a stack beside the message, as Nest passes it, becomes an error', () => {
    const error = new RangeError('too far');
    logger().error('internal_error: too far', error.stack, 'Http');
    expect(record()).toMatchObject({
      context: 'Http',
      msg: 'internal_error: too far',
      err: { type: 'RangeError', stack: error.stack },
    });
  });

  it('secrets and phone numbers are masked in the message, the fields and the errors', () => {
    const cause = new Error('of 4915112345678');
    const line = new LogLine('sales', 3, 'asked with wak_Ab12Cd34_abc', {
      jid: '4915112345678@s.whatsapp.net',
    });
    logger().warn(line, 'WhatsappSession');
    expect(record()).toMatchObject({ msg: 'asked with wak_…', jid: '…78@s.whatsapp.net' });
    printed = '';
    logger().error(new Error('not 4915112345679', { cause }), undefined, 'Store');
    expect(record()).toMatchObject({ msg: 'not …79' });
    expect(printed).not.toMatch(/49151/);
  });

  it('phone numbers are shown in full with the option phoneNumbers', () => {
    logger({ phoneNumbers: true }).log('linked: 4915112345678', 'Service');
    expect(record()).toMatchObject({ msg: 'linked: 4915112345678' });
  });

  it('the errors of a failed start are not logged, because main.ts logs them', () => {
    logger().error(new Error('taken'), undefined, 'NestApplication');
    logger().error(new Error('taken'), undefined, 'ExceptionHandler');
    expect(printed).toBe('');
  });
});

describe('ServiceLogger in readable form', () => {
  const text = (): string => printed.replace(/^\[\d\d:\d\d:\d\d\.\d\d\d\] /, '');

  it('one record is one line', () => {
    logger({ json: false }).log('ready', 'Service');
    expect(text()).toBe('INFO: [Service] ready\n');
  });

  it('account and attempt are in the sentence, and other fields follow it', () => {
    logger({ json: false }).warn(new LogLine('sales', 3, 'it broke', { code: 428 }), 'WhatsappSession');
    expect(text()).toBe('WARN: [WhatsappSession] sales #3: it broke {"code":428}\n');
  });

  it('control characters are removed', () => {
    logger({ json: false }).log('red \u001b[31m\u009b31m\r\u0007', 'Service');
    expect(text()).toBe('INFO: [Service] red [31m31m\n');
  });

  it('phone numbers are masked, except in the name of the account', () => {
    const line = new LogLine('4915112345670', 3, 'not 4915112345678', {
      jid: '4915112345678@s.whatsapp.net',
    });
    logger({ json: false }).log(line, 'Session');
    expect(text()).toBe('INFO: [Session] 4915112345670 #3: not …78 {"jid":"…78@s.whatsapp.net"}\n');
  });

  it('the stack of an error follows the line', () => {
    logger({ json: false }).error(new Error('not stored'), undefined, 'Store');
    expect(text()).toMatch(/^ERROR: \[Store\] not stored ?\n +err: Error: not stored\n +at /);
  });
});
