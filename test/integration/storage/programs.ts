import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program from the build. */
export function built(path: string): string {
  const program = join(process.cwd(), 'dist', path);
  if (!existsSync(program)) throw new Error('not built: run `npm run build` first');
  return program;
}

/** A program of this folder, with a pipe for what it prints and a channel for messages. */
export function startProgram(
  name: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(process.execPath, [built(`test/integration/storage/${name}.program.js`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    ...options,
  });
}

/** Everything it prints, until it ends. */
export async function lines(child: ChildProcess): Promise<string[]> {
  const all: string[] = [];
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) all.push(line);
  return all;
}
