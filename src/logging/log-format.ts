import { styleText } from 'node:util';
import type { LOG_LEVELS } from './log-levels.js';
import { LogLine } from '../whatsapp/domain/log-line.js';

/** One line of the log. Its secrets are masked already. */
export interface LogRecord {
  readonly level: Exclude<(typeof LOG_LEVELS)[number], 'silent'>;
  readonly context: string | undefined;
  readonly message: string;
  /** Further fields. None has a name that every line has (`level`, `time`, `context`, `msg`). */
  readonly fields: Readonly<Record<string, unknown>>;
}

const LEVEL_STYLES = {
  fatal: 'bgRed',
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'blue',
  trace: 'gray',
} as const satisfies Record<LogRecord['level'], string>;

/** Returns a line with one JSON object, with the keys in this order. */
export function formatJson({ level, context, message, fields }: LogRecord): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level, time, context, ...fields, msg: message })}\n`;
}

/**
 * Returns a line for people, in local time: `[12:30:01.250] INFO: [WhatsappSession] sales #3: connected
 * {"phone":"…78"}`.
 */
export function formatReadable({ level, context, message, fields }: LogRecord, hasColors: boolean): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    hasColors ? styleText(format, text, { validateStream: false }) : text;
  const { err, accountId, attempt, ...others } = fields;
  const sentence =
    typeof accountId === 'string'
      ? String(new LogLine(accountId, typeof attempt === 'number' ? attempt : null, message))
      : message;
  const text = context === undefined ? sentence : `[${context}] ${sentence}`;
  const details = JSON.stringify(others);
  return [
    `[${clockTime()}] ${style(LEVEL_STYLES[level], level.toUpperCase())}: ${style('cyan', printable(text))}`,
    details === '{}' ? '' : ` ${style('gray', printable(details))}`,
    err === undefined ? '' : `\n    err: ${indented(printable(stackOf(err)))}`,
    '\n',
  ].join('');
}

function clockTime(): string {
  const now = new Date();
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`;
}

function stackOf(err: unknown): string {
  const { stack } = Object(err) as { readonly stack?: unknown };
  return typeof stack === 'string' ? stack : '';
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

/** Removes control characters: text from WhatsApp or an error must not control the operator's terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}
