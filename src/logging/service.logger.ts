import { inspect } from 'node:util';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { errorFields, stackFields } from './error-fields.js';
import { formatJson, formatReadable, type LogRecord } from './log-format.js';
import type { LOG_LEVELS } from './log-levels.js';
import { standardOutput } from './log-output.js';
import { Redactor } from './redactor.js';

type Level = (typeof LOG_LEVELS)[number];
type Fields = Record<string, unknown>;

export interface ServiceLoggerOptions {
  /** The least important level that is written; `silent`: none. */
  readonly level: Level;
  /** One JSON object a line instead of lines for people. */
  readonly json: boolean;
  /** Phone numbers are shown in full instead of by their last two digits. Default false. */
  readonly phoneNumbers?: boolean;
  /** Receives whole lines. Default: standard output. */
  readonly output?: { write(line: string): void };
}

/** Nest enables the given level and all that are more important. */
const NEST_LEVELS: Readonly<Record<Level, LogLevel[]>> = {
  fatal: ['fatal'],
  error: ['error'],
  warn: ['warn'],
  info: ['log'],
  debug: ['debug'],
  trace: ['verbose'],
  silent: [],
};

const LEVEL_NAMES: Readonly<Record<LogLevel, LogRecord['level']>> = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  log: 'info',
  debug: 'debug',
  verbose: 'trace',
};

/** Nest's own start-up lines. */
const STARTUP_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest logs the error of a failed start and then throws it; `main.ts` logs it as a sentence. */
const FAILED_START_CONTEXTS: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/** Names that every line has. Fields of the same names are left out. */
const OWN_FIELDS = ['time', 'level', 'context', 'msg'] as const;

/**
 * The log of the standalone service: `level` (a word), `time` (ISO), `context`, the fields of a `LogLine` and `msg`; an
 * error is in `err`. Nest's start-up lines have the level `debug`. Texts that look like secrets are masked.
 *
 * `ConsoleLogger` parses Nest's arguments and filters by level. Its own output is not used: its JSON has other keys, it
 * writes errors to standard error, and it loses lines when the process exits.
 */
export class ServiceLogger extends ConsoleLogger {
  private readonly secrets: Redactor;
  private readonly format: (record: LogRecord) => string;
  private readonly output: { write(line: string): void };

  constructor({ level, json, phoneNumbers = false, output = standardOutput() }: ServiceLoggerOptions) {
    super({ logLevels: NEST_LEVELS[level], structuredParams: false });
    this.secrets = new Redactor({ phoneNumbers });
    const hasColors = !json && process.stdout.isTTY && process.stdout.hasColors();
    this.format = json ? formatJson : (record) => formatReadable(record, hasColors);
    this.output = output;
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!FAILED_START_CONTEXTS.has(rest.at(-1))) super.error(message, ...rest);
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (STARTUP_CONTEXTS.has(rest.at(-1))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  /** Writes one line, whereas Nest writes one for each message. A value that cannot be printed never fails the caller. */
  protected override printMessages(
    messages: unknown[],
    context?: string,
    level: LogLevel = 'log',
    _stream?: 'stdout' | 'stderr',
    stack?: unknown,
  ): void {
    this.output.write(this.line([...messages, stack], context, LEVEL_NAMES[level]));
  }

  private line(parts: unknown[], context: string | undefined, level: LogRecord['level']): string {
    try {
      return this.format({ level, context, ...this.content(parts) });
    } catch {
      const message = 'A log line contains a value that cannot be printed. Please report this.';
      return this.format({ level, context, message, fields: {} });
    }
  }

  private content(parts: unknown[]): Pick<LogRecord, 'message' | 'fields'> {
    const fields: Fields = {};
    const texts: string[] = [];
    for (const part of parts) {
      if (typeof part === 'object' && part !== null) addObject(part, fields, texts);
      else if (typeof part === 'string' && this.isStackFormat(part)) fields['err'] ??= stackFields(part);
      else if (part !== undefined) texts.push(typeof part === 'string' ? part : inspect(part));
    }
    for (const name of OWN_FIELDS) Reflect.deleteProperty(fields, name);
    return { message: this.secrets.text(texts.join(' ')), fields: this.secrets.fields(fields) };
  }

  /** Prints nothing, because the stack is in the field `err`. */
  protected override printStackTrace(): void {}
}

function addObject(part: object, fields: Fields, texts: string[]): void {
  if (part instanceof Error) {
    fields['err'] ??= errorFields(part);
    if (texts.length === 0) texts.push(part.message);
    return;
  }
  const { message, ...others } = part as Fields;
  if (message !== undefined) texts.push(typeof message === 'string' ? message : inspect(message));
  for (const [name, value] of Object.entries(others)) {
    fields[name] = value instanceof Error ? errorFields(value) : value;
  }
}
