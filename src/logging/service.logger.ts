import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { destination, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';
import { isColorSupported, prettyFactory } from 'pino-pretty';
import type { LOG_LEVELS } from './log-levels.js';
import { Redactor } from './redactor.js';
import { LogLine } from '../whatsapp/domain/log-line.js';

type Level = Exclude<(typeof LOG_LEVELS)[number], 'silent'>;
type Fields = Record<string, unknown>;

export interface ServiceLoggerOptions {
  /** The least important lines that are written; `silent`: none. */
  readonly level: (typeof LOG_LEVELS)[number];
  /** One JSON object a line instead of lines for people. */
  readonly json: boolean;
  /** Phone numbers are shown in full instead of by their last two digits. Default false. */
  readonly phoneNumbers?: boolean;
  /** Where whole lines go. Default: standard output, written before the call returns. */
  readonly output?: { write(line: string): void };
}

/** Where Nest tells about its own start. */
const CHATTER: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest logs what keeps it from starting before it throws it; whoever starts the service tells it, as a sentence. */
const TOLD_BY_STARTER: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/** Every line has these of its own. */
const OWN_FIELDS = ['time', 'level', 'context', 'msg'] as const;

/** What a standard output that takes nothing (a full disk) may cost in memory; later lines are lost. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;

/** Synchronous: nothing is lost when the process exits. A log that cannot be written must not end the service. */
function standardOutput(): { write(line: string): void } {
  const output = destination({ dest: 1, sync: true, maxLength: MAX_UNWRITTEN_BYTES });
  output.on('error', () => undefined);
  return output;
}

/** Nothing but this: errors of Baileys carry whole nodes with them. */
function errorFields(error: Error): Fields {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...('code' in error ? { code: error.code } : {}) };
}

function isStack(text: string): boolean {
  return /\n\s+at /.test(text);
}

/** What WhatsApp or an error says must not move the cursor of whoever reads it. */
function visible(text: unknown): string {
  return typeof text === 'string' ? text.replace(/[^\P{Cc}\n\t]/gu, '') : '';
}

/** Lines for people, in local time: `[12:30:01.250] INFO: [WhatsappSession] sales #3: connected`. */
function readable(): (line: string) => string {
  return prettyFactory({
    colorize: process.stdout.isTTY && isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'context,accountId,attempt',
    singleLine: true,
    customPrettifiers: { err: (error) => visible((error as Fields)['stack']) },
    messageFormat: ({ context, accountId, attempt, msg }) => {
      const sentence = visible(msg);
      const text =
        typeof accountId === 'string'
          ? String(new LogLine(accountId, typeof attempt === 'number' ? attempt : null, sentence))
          : sentence;
      return typeof context === 'string' ? `[${context}] ${text}` : text;
    },
  });
}

/**
 * The log of the standalone service, on pino: `time` (ISO), `level` (as a word), `context`, `msg`, and the fields of a
 * `LogLine`; an error stands in `err`. Nest's start-up chatter counts as `debug`. What has the form of a secret is masked.
 */
export class ServiceLogger implements LoggerService {
  private readonly pino: Logger;
  private readonly redactor: Redactor;

  constructor({ level, json, phoneNumbers = false, output = standardOutput() }: ServiceLoggerOptions) {
    this.redactor = new Redactor({ phoneNumbers });
    const format = json ? null : readable();
    this.pino = pino(
      {
        level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // They are fields already; pino's own would take them for an error of the type `Object`.
        serializers: { err: (fields: unknown) => fields },
      },
      format
        ? {
            write: (line: string) => {
              output.write(format(line));
            },
          }
        : output,
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (!TOLD_BY_STARTER.has(rest.at(-1))) this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(CHATTER.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest's convention: the message, more of it, perhaps a stack, and at last the context. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const last = rest.at(-1);
    const context = typeof last === 'string' && !isStack(last) ? last : undefined;
    const parts = [message, ...(context === undefined ? rest : rest.slice(0, -1))];
    const fields: Fields = {};
    const texts: string[] = [];
    for (const part of parts) {
      if (typeof part === 'object' && part !== null) addObject(part, fields, texts);
      else if (typeof part === 'string' && isStack(part)) fields['err'] ??= stackFields(part);
      else if (part !== undefined) texts.push(typeof part === 'string' ? part : inspect(part));
    }
    for (const name of OWN_FIELDS) Reflect.deleteProperty(fields, name);
    const shown = this.redactor.fields(fields);
    this.pino[level](
      { ...(context === undefined ? {} : { context }), ...shown },
      this.redactor.text(texts.join(' ')),
    );
  }
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

function stackFields(stack: string): Fields {
  const [first = ''] = stack.split('\n', 1);
  const [type] = /^\w+/.exec(first) ?? ['Error'];
  return { type, message: first, stack };
}
