/** The arrows of ARCHITECTURE.md: domain ← ports ← whatsapp ← everything else. */
const adapters = '^src/(baileys|storage|local)/';

/** Rules for folders in layers: each folder may import the folders before it, and none after it. */
function layers(name, parent, folders) {
  return folders.slice(0, -1).map((folder, index) => ({
    name: `${name}-${folder}-imports-no-layer-above`,
    severity: 'error',
    from: { path: `^${parent}${folder}/`, pathNot: '\\.spec\\.ts$' },
    to: { path: `^${parent}(${folders.slice(index + 1).join('|')})/` },
  }));
}

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
      to: { path: '^src/(?!whatsapp/|qr/|sse/)' },
    },
    ...layers('core', 'src/whatsapp/', ['accounts', 'sessions', 'api']),
    {
      name: 'mechanisms-see-nothing-else',
      severity: 'error',
      from: { path: '^src/(sse|qr|control-socket)/' },
      to: { path: '^src/', pathNot: '^src/$1/' },
    },
    {
      name: 'security-ports-see-only-domain',
      severity: 'error',
      from: { path: '^src/security/ports/' },
      to: { pathNot: '^src/(whatsapp/(domain|ports)|security/(access|ports))/' },
    },
    ...layers('security', 'src/security/', [
      'access',
      'ports',
      'keys',
      'page-links',
      'limits',
      'audit',
      'guard',
      'api',
    ]),
    {
      name: 'security-sees-no-adapter',
      severity: 'error',
      from: { path: '^src/security/' },
      to: { path: '^src/(?!security/|whatsapp/|control-socket/)' },
    },
    {
      name: 'adapters-see-only-ports-and-domain',
      severity: 'error',
      from: { path: adapters },
      // `adapters` allows their own folder. The next rule forbids the folders of other adapters.
      to: {
        path: '^src/',
        pathNot: [
          '^src/whatsapp/(domain|ports)/',
          '^src/security/(access|ports)/',
          '^src/control-socket/',
          adapters,
        ],
        dependencyTypesNot: ['undetermined'],
      },
    },
    {
      name: 'adapters-do-not-see-each-other',
      severity: 'error',
      from: { path: '^src/(baileys|storage/sqlite|local)/' },
      to: { path: adapters, pathNot: '^src/$1/' },
    },
    ...layers('sqlite', 'src/storage/sqlite/', ['database', 'stores', 'maintenance']),
    ...layers('baileys', 'src/baileys/', [
      'protobuf',
      'auth-state',
      'crypto',
      'patches',
      'history',
      'pairing',
      'socket',
    ]),
    {
      name: 'src-is-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(simulator|test|bench)/' },
    },
    {
      name: 'specs-beside-src-import-only-the-test-clock',
      severity: 'error',
      from: { path: '^src/.*\\.spec\\.ts$' },
      to: { path: '^(simulator|test|bench)/', pathNot: '^test/support/time/' },
    },
    {
      name: 'simulator-imports-no-product-test-or-bench',
      severity: 'error',
      from: { path: '^simulator/', pathNot: '^simulator/demo/' },
      to: { path: '^(src|test|bench)/' },
    },
    ...layers('simulator', 'simulator/', [
      'crypto',
      'wire',
      'device-keys',
      'phone',
      'faults',
      'server',
      'login',
      'pairing',
      'phone-code',
      'media',
      'messages',
      'queries',
      'handshake',
      'state',
      'simulation',
      'control',
      'testing',
      'demo',
    ]),
    ...layers('bench', 'bench/', ['support', 'sides', 'setup']),
    {
      name: 'simulator-parts-import-no-entry-point',
      severity: 'error',
      from: { path: '^simulator/(?!testing/|demo/)[^/]+/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^simulator/[^/]+$' },
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
        pathNot:
          '^(src/storage/sqlite/database/sqlite-connection|test/integration/storage/programs/reading\\.program)\\.ts$',
      },
      to: { path: 'node_modules/libsql/' },
    },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles-between-folders',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(src|simulator|bench)' },
      to: { circular: true },
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
