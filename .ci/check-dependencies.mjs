import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/*
 * node .ci/check-dependencies.mjs [DIRECTORY]
 *
 * Checks package.json and package-lock.json against the rules in SECURITY.md: exact versions, except for packages that
 * a host application shares with us; a hash for every package; and a reason for every install script.
 */

/**
 * Ranges, so that a host application and this package use one copy. Two copies of Nest do not share decorator metadata.
 */
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
      faults.push(`${group}: ${name} is "${version}". Write the exact version (npm install --save-exact).`);
    }
  }
  return faults;
}

/** Returns the name of the package. An alias has another name than its folder. */
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
        `${path} has the address ${entry.resolved}. Generate the lock with omit-lockfile-registry-resolved.`,
      );
    }
    if (entry.hasInstallScript) scripts.add(id);
  }
  for (const id of scripts) {
    if (!(reasons[id]?.trim().length > 20)) {
      faults.push(
        `${id} runs a script when it is installed. Read the script and give the reason for it in .ci/install-scripts.json.`,
      );
    }
  }
  for (const id of Object.keys(reasons)) {
    if (!scripts.has(id))
      faults.push(`.ci/install-scripts.json names ${id}, which no longer runs a script. Remove the entry.`);
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
else console.log(`${Object.keys(lock.packages).length - 1} packages checked, no faults.`);
