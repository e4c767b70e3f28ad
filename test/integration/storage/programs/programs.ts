import { Program, type ProgramOptions } from '../../../support/processes/program.js';

/** Starts a program of this folder as a child process. */
export function startProgram(name: string, args: readonly string[], options: ProgramOptions = {}): Program {
  return new Program(`dist/test/integration/storage/programs/${name}.program.js`, { args, ...options });
}
