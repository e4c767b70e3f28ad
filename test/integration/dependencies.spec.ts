import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

type Group = Record<string, string>;
interface Entry {
  version: string;
  name?: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
}
interface Project {
  manifest: { dependencies: Group; devDependencies: Group };
  lock: { packages: Record<string, Entry> };
  scripts: Group;
}

const FILES = ['package.json', 'package-lock.json', '.ci/install-scripts.json'] as const;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dependencies-'));
  await mkdir(join(directory, '.ci'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the check on a copy of this project after a change. @returns the faults that the check reports */
async function faultsWhere(change: (project: Project) => void): Promise<string> {
  for (const file of FILES) await cp(file, join(directory, file));
  const [manifest, lock, scripts] = await Promise.all(
    FILES.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown),
  );
  const project = { manifest, lock, scripts } as Project;
  change(project);
  const contents = [project.manifest, project.lock, project.scripts];
  await Promise.all(
    FILES.map((file, index) => writeFile(join(directory, file), JSON.stringify(contents[index]))),
  );
  return new Promise((resolve) => {
    execFile(process.execPath, ['.ci/check-dependencies.mjs', directory], (error, _output, faults) => {
      resolve(error ? faults : '');
    });
  });
}

describe('the check of the dependencies', () => {
  it('the check accepts the committed files', async () => {
    expect(await faultsWhere(() => undefined)).toBe('');
  });

  it.each<[string, (project: Project) => void, RegExp]>([
    [
      'a version range',
      ({ manifest }) => (manifest.dependencies['qrcode'] = '^1.5.4'),
      /dependencies: qrcode is "\^1\.5\.4"\. Write the exact version/,
    ],
    [
      'a version range of a development dependency',
      ({ manifest }) => (manifest.devDependencies['jest'] = '~30.5.2'),
      /jest is "~30/,
    ],
    [
      'a version range of a peer of Nest among the development dependencies',
      ({ manifest }) => (manifest.devDependencies['rxjs'] = '^7.8.2'),
      /rxjs/,
    ],
    ['a wildcard version', ({ manifest }) => (manifest.dependencies['rxjs'] = '*'), /rxjs is "\*"/],
    [
      'an address instead of a version',
      ({ manifest }) => (manifest.dependencies['sharp'] = 'github:someone/sharp#main'),
      /sharp is "github:someone/,
    ],
    [
      'a package without a hash',
      ({ lock }) => delete lock.packages['node_modules/ws']?.integrity,
      /node_modules\/ws \(ws@.*\) has no SHA-512 hash/,
    ],
    [
      'a weak hash',
      ({ lock }) => Object.assign(lock.packages['node_modules/ws'] ?? {}, { integrity: 'sha1-abc=' }),
      /node_modules\/ws .* has no SHA-512 hash/,
    ],
    [
      'a package of a private registry',
      ({ lock }) =>
        Object.assign(lock.packages['node_modules/ws'] ?? {}, { resolved: 'https://example.com/ws' }),
      /node_modules\/ws has the address https:\/\/example\.com/,
    ],
    [
      'an install script',
      ({ lock }) => Object.assign(lock.packages['node_modules/ws'] ?? {}, { hasInstallScript: true }),
      /^ws@.* runs a script when it is installed/m,
    ],
    [
      'the install script of another version',
      ({ lock }) => Object.assign(lock.packages['node_modules/@swc/core'] ?? {}, { version: '1.99.0' }),
      /^@swc\/core@1\.99\.0 runs a script/m,
    ],
    [
      'an install script of a nested package under another name',
      ({ lock }) => {
        const evil = { version: '1.0.0', name: 'evil', integrity: 'sha512-x', hasInstallScript: true };
        lock.packages['node_modules/ws/node_modules/@swc/core'] = evil;
      },
      /^evil@1\.0\.0 runs a script/m,
    ],
    [
      'an install script without a reason',
      ({ scripts }) => (scripts['@swc/core@1.16.18'] = 'because'),
      /^@swc\/core@.* runs a script/m,
    ],
    [
      'a reason for a script that no package runs',
      ({ scripts }) => (scripts['ws@8.0.0'] = 'It was needed once.'),
      /names ws@8\.0\.0/,
    ],
  ])('the check reports %s', async (_what, change, fault) => {
    expect(await faultsWhere(change)).toMatch(fault);
  });
});
