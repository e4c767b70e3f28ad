/** Runs on ESM: `node --experimental-vm-modules`. Decorators need swc's legacy mode with metadata. */
export default {
  globalSetup: '<rootDir>/test/support/time/measure-machine.mjs',
  testEnvironment: '<rootDir>/test/support/time/scaled-environment.mjs',
  roots: ['<rootDir>/src', '<rootDir>/simulator', '<rootDir>/test'],
  testRegex: '\\.(spec|e2e-spec)\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2022',
        },
        module: { type: 'es6' },
      },
    ],
  },
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // May exceed the number of cores, because workers wait most of the time.
  maxWorkers: 4,
  // The limit for an idle machine, like every time limit of the tests; see measure-machine.mjs.
  testTimeout: 30_000,
};
