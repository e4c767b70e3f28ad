import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/*
 * Chromium from the package registry, with its libraries and a font: it needs no installation and no download. The
 * package contains it compressed; it is unpacked once. It exists for Linux on x64 only; elsewhere CHROMIUM_PATH names
 * an installed Chromium or Chrome.
 */

const PACKAGE = 'node_modules/@sparticuz/chromium/package.json';
const CACHE = 'node_modules/.cache/chromium';

/** The package unpacks to the temporary directory, and its libraries only when the environment looks like a Lambda. */
const UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();";
const AS_IN_LAMBDA = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };

/** The package contains Open Sans, but its font configuration points to another directory. */
const fontsConfiguration = (home: string): string =>
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>`;

/** @returns the absolute path of the directory with the unpacked Chromium */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string };
  const home = join(process.cwd(), `${CACHE}-${version}`);
  if (existsSync(home)) return home;
  await mkdir(join(home, '..'), { recursive: true });
  // Two test files may unpack at the same time: the first one that is ready wins.
  const making = await mkdtemp(`${home}-`);
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', UNPACK], {
    env: { ...process.env, ...AS_IN_LAMBDA, TMPDIR: making, NODE_OPTIONS: '' },
  });
  await writeFile(join(making, 'fonts', 'fonts.conf'), fontsConfiguration(home));
  await rename(making, home).catch(() => rm(making, { recursive: true }));
  return home;
}

async function installed(): Promise<{ executablePath: string; env: Record<string, string> }> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined) return { executablePath: named, env: {} };
  const home = await unpacked();
  return {
    executablePath: join(home, 'chromium'),
    env: {
      HOME: home,
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(home, 'fonts'),
    },
  };
}

/** A host name that resolves to this machine, like all names in `.example`, and that the service does not allow. */
export const STRANGE_HOST = 'strange.example';

export async function startChromium(): Promise<Browser> {
  const { executablePath, env } = await installed();
  return chromium.launch({
    executablePath,
    args: [
      // Containers and CI run as root, where Chromium has no sandbox. It opens only pages of these tests.
      '--no-sandbox',
      '--no-zygote',
      '--disable-gpu',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP *.example 127.0.0.1',
    ],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}
