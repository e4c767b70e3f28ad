import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The public identity key of the device in a code: it stands next to the private one in its credentials. */
export function identityKeyOf(code: string): Buffer {
  return Buffer.from((code.split('#')[1] ?? '').split(',')[2] ?? '', 'base64');
}

/** Every byte that stands in the store's files; its socket has none. */
export async function storeBytes(dataDir: string): Promise<Buffer> {
  const names = await filesIn(dataDir);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(dataDir, name)))));
}

/** Overwrites these bytes with zeros wherever they stand in the files of a store that nobody has open. @returns how often */
export async function eraseBytes(dataDir: string, wanted: Buffer): Promise<number> {
  let found = 0;
  for (const name of await filesIn(dataDir)) {
    const bytes = await readFile(join(dataDir, name));
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at)) {
      bytes.fill(0, at, at + wanted.length);
      found += 1;
    }
    await writeFile(join(dataDir, name), bytes);
  }
  return found;
}

async function filesIn(dataDir: string): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name !== 'store.sock');
}
