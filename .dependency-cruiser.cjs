/** The arrows of ARCHITECTURE.md: domain ← ports ← whatsapp ← everything else. */
const adapters = '^src/(baileys|storage|local)/';
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^src/whatsapp/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/whatsapp/domain/' },
    },
    {
      name: 'ports-see-only-domain',
      severity: 'error',
      from: { path: '^src/whatsapp/ports/' },
      to: { pathNot: '^src/whatsapp/(domain|ports)/' },
    },
    {
      name: 'core-sees-no-adapter',
      severity: 'error',
      from: { path: '^src/whatsapp/' },
      to: { path: '^src/(?!whatsapp/|qr/|events/)' },
    },
    {
      name: 'events-see-nothing-else',
      severity: 'error',
      from: { path: '^src/events/' },
      to: { path: '^src/(?!events/)' },
    },
    {
      name: 'security-ports-see-only-domain',
      severity: 'error',
      from: { path: '^src/security/(domain|ports)/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/(whatsapp|security)/(domain|ports)/' },
    },
    {
      name: 'security-sees-no-adapter',
      severity: 'error',
      from: { path: '^src/security/' },
      to: { path: '^src/(?!security/|whatsapp/)' },
    },
    {
      name: 'adapters-see-only-ports-and-domain',
      severity: 'error',
      from: { path: adapters },
      // Their own folder, too; the next rule keeps them out of each other's.
      to: {
        path: '^src/',
        pathNot: ['^src/(whatsapp|security)/(domain|ports)/', adapters],
        dependencyTypesNot: ['undetermined'],
      },
    },
    {
      name: 'adapters-do-not-see-each-other',
      severity: 'error',
      from: { path: '^src/(baileys|storage/sqlite|local)/' },
      to: { path: adapters, pathNot: '^src/$1/' },
    },
    {
      name: 'src-is-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(simulator|test|bench)/' },
    },
    {
      name: 'simulator-stands-alone',
      severity: 'error',
      from: { path: '^simulator/', pathNot: '^simulator/demo/' },
      to: { path: '^(src|test|bench)/' },
    },
    {
      name: 'only-baileys-imports-baileys',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/baileys/' },
      to: { path: 'node_modules/@whiskeysockets/' },
    },
    {
      name: 'only-one-file-imports-libsql',
      severity: 'error',
      from: {
        path: '^(src|test|bench)/',
        pathNot: '^(src/storage/sqlite/sqlite-database|test/storage/reading\\.program)\\.ts$',
      },
      to: { path: 'node_modules/libsql/' },
    },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
