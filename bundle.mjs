import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/*
 * Bundles the programs of the service and their packages into a few files: `dist/service`. The output of tsc,
 * `dist/src`, and the packages are two thousand modules, which Node loads in twice the time. Applications that import
 * the package get `dist/src`.
 */

const OUTPUT = 'dist/service';

/**
 * `import.meta.url` is in `dist/service` for all of them, so a program finds the programs that it starts beside itself.
 */
const PROGRAMS = {
  main: 'dist/src/main.js',
  import: 'dist/src/cli/import.js',
  store: 'dist/src/cli/store.js',
  keys: 'dist/src/cli/keys.js',
  'key-generation.worker': 'dist/src/baileys/crypto/key-generation.worker.js',
  'history.worker': 'dist/src/baileys/history/reading/history.worker.js',
  'service.program': 'dist/test/support/processes/service.program.js',
  'our-service.program': 'dist/bench/sides/our-service.program.js',
  'constant-route.program': 'dist/bench/sides/constant-route.program.js',
};

/**
 * Packages that are loaded from `node_modules`: they must exist only once, are native, read their own files, are
 * hardly ever loaded, or are not installed. The worker thread and a patch load parts of libsignal by their paths, so
 * Baileys must use the same one.
 */
const OUTSIDE = [
  'libsignal',
  'libsql',
  'music-metadata',
  'reflect-metadata',
  'sharp',
  'swagger-ui-dist',
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/websockets',
];

rmSync(OUTPUT, { recursive: true, force: true });
await build({
  entryPoints: PROGRAMS,
  outdir: OUTPUT,
  external: OUTSIDE,
  bundle: true,
  splitting: true,
  platform: 'node',
  // Nest imports class-validator and class-transformer at run time. From CommonJS it would get only a default export.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  format: 'esm',
  // Nest identifies providers and routes by the names of their classes. `keepOnlyClassNames` does the rest.
  keepNames: true,
  // CommonJS packages load Node's modules with `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
keepOnlyClassNames();
cpSync('dist/src/pairing-page/page', `${OUTPUT}/page`, { recursive: true });

/**
 * Lets only classes keep their names. esbuild calls a function for every class and for every function that is created,
 * also at run time; it defines the name each time, and a status request needs a tenth more time with that. No code reads
 * the name of a function that is not a class.
 */
function keepOnlyClassNames() {
  const files = readdirSync(OUTPUT)
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(OUTPUT, name));
  let definitions = 0;
  for (const file of files) {
    const code = readFileSync(file, 'utf8')
      .replace(
        /__name\(this, ("[^"\n]+")\)/g,
        'Object.defineProperty(this, "name", { value: $1, configurable: true })',
      )
      .replace(/^var __name = .*$/m, () => {
        definitions += 1;
        return 'var __name = (target) => target;';
      });
    writeFileSync(file, code);
  }
  if (definitions !== 1) throw new Error(`${definitions} files define __name; expected is one.`);
}
