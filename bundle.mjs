import { cpSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

/*
 * Puts the programs of the service, with the packages that they load, into a few files: `dist/service`. What tsc makes of
 * them, `dist/src`, is two thousand modules, and Node needs twice as long to find and load those. Applications that import
 * the package get `dist/src`.
 */

const OUTPUT = 'dist/service';

/** `import.meta.url` is in `dist/service` for all of them: programs that start others find them beside themselves. */
const PROGRAMS = {
  main: 'dist/src/main.js',
  import: 'dist/src/cli/import.js',
  store: 'dist/src/cli/store.js',
  keys: 'dist/src/cli/keys.js',
  'key-generation.worker': 'dist/src/baileys/crypto/key-generation.worker.js',
  'service.program': 'dist/test/support/processes/service.program.js',
};

/** Loaded from `node_modules`: what has to be there once, is built for the machine, reads files of its own, or is not installed. */
const OUTSIDE = [
  '@whiskeysockets/baileys',
  'libsql',
  'reflect-metadata',
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
  // Nest imports class-validator and class-transformer while it runs: of CommonJS that would be nothing but a default export.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  format: 'esm',
  // Nest tells providers and routes by the names of their classes.
  keepNames: true,
  // Packages in CommonJS ask for Node's own modules with `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
cpSync('dist/src/pairing-page/page', `${OUTPUT}/page`, { recursive: true });
