import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigInvalid } from '../config/load-config.js';
import { StoreNotOpened } from '../storage/sqlite/database/sqlite-database.errors.js';

/** The arguments of a command are wrong. The message names the problem, if one is known, and ends with the usage. */
export class UsageError extends Error {
  constructor(usage: string, problem?: string) {
    super(problem === undefined ? usage : `${problem}\n\n${usage}`);
  }
}

/** A command cannot be carried out. The message gives the operator the reason and the remedy. */
export class CommandRefused extends Error {}

/** Parses arguments with Node's `parseArgs`. @throws UsageError */
export function parseCommandLine<T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(usage, (error as Error).message);
  }
}

type ErrorClass = abstract new (...args: never[]) => Error;

export interface CommandErrors {
  /** Further classes of errors whose message is written for the operator. */
  readonly expected?: readonly ErrorClass[];
  /** Makes a sentence from the message of an error with a `code`, from the operating system or the store. */
  readonly describe?: (message: string) => string;
}

/** Returns a sentence for an expected error, otherwise the error itself, to be printed with its stack. */
export function messageOf(error: unknown, { expected = [], describe }: CommandErrors = {}): unknown {
  if (!(error instanceof Error)) return error;
  const classes = [UsageError, CommandRefused, ConfigInvalid, StoreNotOpened, ...expected];
  if (classes.some((type) => error instanceof type)) return error.message;
  return describe && 'code' in error ? describe(error.message) : error;
}
