import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** The built declarations. Applications that import the package read these files. */
const ROOT = resolve('dist/src');
const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g;
const ADAPTER =
  /^(?:express|express-serve-static-core|fastify|@nestjs\/platform-(?:express|fastify))(?:\/|$)/;

/** Returns the imports of this declaration file and of every declaration file that it reaches, by file. */
async function importsFrom(file: string, found = new Map<string, string[]>()): Promise<typeof found> {
  if (found.has(file)) return found;
  const text = await readFile(file, 'utf8');
  const specifiers = [...text.matchAll(SPECIFIER)].map(([, specifier = '']) => specifier);
  found.set(file, specifiers);
  for (const specifier of specifiers.filter((each) => each.startsWith('.'))) {
    await importsFrom(resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts')), found);
  }
  return found;
}

describe('the public types of the package', () => {
  it('the declarations that index.d.ts reaches import no type of an HTTP adapter', async () => {
    const imports = await importsFrom(resolve(ROOT, 'index.d.ts'));
    const files = [...imports.keys()].map((file) => relative(ROOT, file));
    expect(files).toContain('whatsapp/api/http/caller.d.ts');
    expect(files).toContain('whatsapp/whatsapp.module.d.ts');
    const faults = [...imports].flatMap(([file, specifiers]) =>
      specifiers.filter((each) => ADAPTER.test(each)).map((each) => `${relative(ROOT, file)}: ${each}`),
    );
    expect(faults).toEqual([]);
  });
});
