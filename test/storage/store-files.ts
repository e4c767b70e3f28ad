import { execFileSync } from 'node:child_process';

/**
 * Which of the needles stand in some file of the directory, as bytes. In a child process: a file of the store that is
 * opened and closed in the process that has it open would release SQLite's lock.
 */
export function found(directory: string, needles: readonly Uint8Array[]): number[] {
  const program = `
    const { readdirSync, readFileSync } = require('node:fs');
    const needles = JSON.parse(readFileSync(0, 'utf8')).map((text) => Buffer.from(text, 'hex'));
    const files = readdirSync(process.argv[1]).map((name) => readFileSync(process.argv[1] + '/' + name));
    console.log(JSON.stringify(needles.flatMap((needle, i) => (files.some((file) => file.includes(needle)) ? [i] : []))));
  `;
  const input = JSON.stringify(needles.map((needle) => Buffer.from(needle).toString('hex')));
  return JSON.parse(
    execFileSync(process.execPath, ['-e', program, directory], { input, encoding: 'utf8' }),
  ) as number[];
}
