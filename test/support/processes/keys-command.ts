import { execFile } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export const COMMAND = 'dist/service/keys.js';

/** The command, as whoever has logged in to this machine calls it. */
export function keysIn(directory: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], WHATSAPP_DATA_DIR: directory };
    const child = execFile(process.execPath, [COMMAND, ...args], { env }, (_, out, err) => {
      resolve({ code: child.exitCode, out: out.trim(), err: err.trim() });
    });
  });
}
