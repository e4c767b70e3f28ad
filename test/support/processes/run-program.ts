import { Program, type ProgramOptions } from './program.js';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of the build to its end. */
export async function runProgram(file: string, options: ProgramOptions = {}): Promise<Ended> {
  const program = new Program(file, { ...options, ipc: false });
  const code = await program.exit();
  return { code, out: program.stdout.trim(), err: program.stderr.trim() };
}

/** As `runProgram`. Returns what the program prints. @throws with its errors where it fails */
export async function outputOf(file: string, options: ProgramOptions = {}): Promise<string> {
  const { code, out, err } = await runProgram(file, options);
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}: ${err}`);
  return out;
}
