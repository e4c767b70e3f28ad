import { Program, type ProgramOptions } from '../../support/processes/program.js';

/** A program of this folder. */
export function startProgram(name: string, args: readonly string[], options: ProgramOptions = {}): Program {
  return new Program(`dist/test/integration/storage/${name}.program.js`, { args, ...options });
}
