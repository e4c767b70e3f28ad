import { execFileSync } from 'node:child_process';

/** Program that checks every position of a file once, because there are thousands of needles. */
const PROGRAM = `
  const { readdirSync, readFileSync } = require('node:fs');
  const [directory] = process.argv.slice(1);
  const byStart = new Map();
  JSON.parse(readFileSync(0, 'utf8')).forEach((hex, index) => {
    const needle = Buffer.from(hex, 'hex');
    const start = needle.readUInt32LE(0);
    byStart.set(start, [...(byStart.get(start) ?? []), { index, needle }]);
  });
  const found = new Set();
  for (const name of readdirSync(directory)) {
    const file = readFileSync(directory + '/' + name);
    for (let at = 0; at + 4 <= file.length; at++) {
      for (const { index, needle } of byStart.get(file.readUInt32LE(at)) ?? []) {
        if (file.subarray(at, at + needle.length).equals(needle)) found.add(index);
      }
    }
  }
  console.log(JSON.stringify([...found].sort((a, b) => a - b)));
`;

/**
 * Returns the indexes of the needles (four bytes or more) that some file of the directory contains. Reads in a child
 * process, because closing a file of the store in the process that has it open would release SQLite's lock.
 */
export function found(directory: string, needles: readonly Uint8Array[]): number[] {
  const input = JSON.stringify(needles.map((needle) => Buffer.from(needle).toString('hex')));
  return JSON.parse(
    execFileSync(process.execPath, ['-e', PROGRAM, directory], { input, encoding: 'utf8' }),
  ) as number[];
}
