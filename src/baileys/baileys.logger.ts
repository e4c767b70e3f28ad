import { Logger } from '@nestjs/common';
import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';
import { LogLine } from '../whatsapp/domain/log-line.js';

type SocketLogger = NonNullable<UserFacingSocketConfig['logger']>;
type Severity = Exclude<BaileysLogLevel, 'off'>;
type Details = Record<string, string | number>;

/** Each level includes the levels before it. */
export const BAILEYS_LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const;
export type BaileysLogLevel = (typeof BAILEYS_LOG_LEVELS)[number];

/** The fields of Baileys' log objects that can be shown, by their names. All other fields are dropped. */
const ERRORS: ReadonlySet<string> = new Set(['err', 'error', 'ackErr', 'e', 'trace']);
const STANZAS: ReadonlySet<string> = new Set(['node', 'frame', 'recv', 'child']);
const COUNTS = /count$|attempts?$|retries|remaining$|version$|^length$|^(unacked|total|buffer|cache)/i;

/** Addresses, digit runs that could be a phone number, and words that could be a key or a message id. */
const PRIVATE = [
  /\S*@\S*/g,
  /\+?\d{6,}/g,
  /[\w+/=-]{24,}|(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{12,}/gi,
] as const;

const MAX_LENGTH = 300;

function silence(): void {
  // Baileys logs nodes, keys and codes. None of them may reach the log of the service.
}

export const silentLogger: SocketLogger = {
  level: 'silent',
  child: () => silentLogger,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};

function cleaned(text: string): string {
  const shown = PRIVATE.reduce((rest, pattern) => rest.replace(pattern, '…'), text.slice(0, 10 * MAX_LENGTH));
  return shown.slice(0, MAX_LENGTH);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Adds the message of an error. `value` is an error, its message, or a stack, whose first line is the message. */
function addError(value: unknown, details: Details): void {
  const { message = value, output } = fieldsOf(value);
  const { statusCode } = fieldsOf(output);
  if (typeof message === 'string') details['error'] = cleaned(message.split('\n', 1)[0] ?? '');
  if (typeof statusCode === 'number') details['statusCode'] = statusCode;
}

function addStanza(value: unknown, details: Details): void {
  const { tag, attrs } = fieldsOf(value);
  const { type, id } = fieldsOf(attrs);
  for (const [name, text] of Object.entries({ tag, type, id })) {
    if (typeof text === 'string') details[name] = cleaned(text);
  }
}

function detailsOf(given: unknown): Details {
  const details: Details = {};
  if (given instanceof Error) addError(given, details);
  addStanza(given, details);
  for (const [name, value] of Object.entries(fieldsOf(given))) {
    if (ERRORS.has(name)) addError(value, details);
    else if (STANZAS.has(name)) addStanza(value, details);
    else if (COUNTS.test(name) && Number.isSafeInteger(value)) details[name] = Number(value);
  }
  return details;
}

/**
 * Returns a logger that writes Baileys' own log lines for one socket, without private data.
 * Every line has Nest's level `log`, because few errors of Baileys need an operator. `severity` is Baileys' own
 * level.
 */
export function baileysLogger(level: BaileysLogLevel, accountId: string, attempt: number): SocketLogger {
  if (level === 'off') return silentLogger;
  const logger = new Logger('Baileys');
  const shown = BAILEYS_LOG_LEVELS.slice(0, BAILEYS_LOG_LEVELS.indexOf(level) + 1);
  const writer = (severity: Severity): SocketLogger['info'] => {
    if (!shown.includes(severity)) return silence;
    return (given: unknown, text?: unknown) => {
      const sentence = typeof given === 'string' ? given : typeof text === 'string' ? text : '';
      logger.log(new LogLine(accountId, attempt, cleaned(sentence), { severity, ...detailsOf(given) }));
    };
  };
  const socketLogger: SocketLogger = {
    // Baileys reads the level. At `trace` it prints every stanza, at `debug` every stanza without a listener.
    level,
    child: () => socketLogger,
    trace: silence,
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
  return socketLogger;
}
