import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/*
 * node .ci/check-dependencies.mjs [DIRECTORY]
 *
 * Holds package.json and package-lock.json to what SECURITY.md says of dependencies: exact versions but for those that a
 * host application shares with us, a hash for every package, and no install script that nobody has read.
 */

/** A host brings its own: two copies of Nest or of its decorators' metadata do not know each other. */
const SHARED_WITH_HOSTS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/swagger',
  'class-transformer',
  'class-validator',
  'reflect-metadata',
  'rxjs',
];

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const FROM_THE_REGISTRY = /^[\^~]?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

function rangeFaults(manifest) {
  const faults = [];
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      const isShared = group === 'dependencies' && SHARED_WITH_HOSTS.includes(name);
      if ((isShared ? FROM_THE_REGISTRY : EXACT).test(version)) continue;
      faults.push(`${group}: ${name} is "${version}"; write the exact version (npm install --save-exact).`);
    }
  }
  return faults;
}

/** Under another name than its folder's where it is an alias. */
function nameOf(path, { name }) {
  return name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function lockFaults(packages, reasons) {
  const faults = [];
  const scripts = new Set();
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue;
    const id = `${nameOf(path, entry)}@${entry.version}`;
    if (!/^sha512-/.test(entry.integrity ?? '')) faults.push(`${path} (${id}) has no SHA-512 hash.`);
    if (entry.resolved !== undefined) {
      faults.push(
        `${path} is bound to ${entry.resolved}; generate the lock with omit-lockfile-registry-resolved.`,
      );
    }
    if (entry.hasInstallScript) scripts.add(id);
  }
  for (const id of scripts) {
    if (!(reasons[id]?.trim().length > 20)) {
      faults.push(
        `${id} runs a script when it is installed. Read it; say in .ci/install-scripts.json why it may.`,
      );
    }
  }
  for (const id of Object.keys(reasons)) {
    if (!scripts.has(id))
      faults.push(`.ci/install-scripts.json names ${id}, which runs no script here any more.`);
  }
  return faults;
}

const directory = process.argv[2] ?? '.';
const read = (name) => JSON.parse(readFileSync(resolve(directory, name), 'utf8'));
const manifest = read('package.json');
const lock = read('package-lock.json');
const faults = [...rangeFaults(manifest), ...lockFaults(lock.packages, read('.ci/install-scripts.json'))];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${Object.keys(lock.packages).length - 1} packages, all as they should be.`);
