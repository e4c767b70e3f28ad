import { Program, type ProgramOptions } from './program.js';

/** The exit code of a program, null when a signal ended it, and its trimmed output. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of the build and waits for its end. */
export async function runProgram(file: string, options: ProgramOptions = {}): Promise<Ended> {
  const program = new Program(file, { ...options, ipc: false });
  const code = await program.exit();
  return { code, out: program.stdout.trim(), err: program.stderr.trim() };
}

/**
 * As `runProgram`, for a program that must succeed.
 * @returns its standard output
 * @throws Error with its standard error
 */
export async function outputOf(file: string, options: ProgramOptions = {}): Promise<string> {
  const { code, out, err } = await runProgram(file, options);
  if (code !== 0) throw new Error(`${file} ended with the exit code ${String(code)}: ${err}`);
  return out;
}
