import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { outputOf, runProgram } from '../../support/processes/run-program.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;
let folder: string;
let phone: string;

/** Links a device with bare Baileys, which writes the folder. */
beforeAll(async () => {
  setup = await TestEnvironment.create();
  folder = await mkdtemp(join(tmpdir(), 'multi-file-'));
  phone = setup.newPhone();
  await outputOf('dist/test/support/processes/bare-baileys.program.js', {
    args: [folder, phone],
    environment: { SERVER_URL: setup.simulator.url, CONTROL_URL: setup.simulator.controlUrl },
  });
});
afterAll(async () => {
  await setup.close();
  await rm(folder, { recursive: true, force: true });
});

async function importFrom(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const environment = { WHATSAPP_DATA_DIR: setup.dataDir };
  const { code, out, err } = await runProgram('dist/service/import.js', { args, environment });
  return { code, output: code === 0 ? out : err };
}

describe('the import of a folder of useMultiFileAuthState', () => {
  it('the import is refused while the service runs', async () => {
    const { code, output } = await importFrom('--from', folder, '--account', 'old');
    expect(code).toBe(1);
    expect(output).toContain('another process uses this data directory');
  });

  it('the import names a file that it cannot import, and imports all or nothing', async () => {
    await setup.service.stop();
    const copy = await mkdtemp(join(tmpdir(), 'multi-file-copy-'));
    await cp(folder, copy, { recursive: true });
    await writeFile(join(copy, 'who-knows.json'), '{}');
    expect(await importFrom('--from', copy, '--account', 'old')).toMatchObject({
      code: 1,
      output: expect.stringContaining('who-knows.json') as unknown,
    });
    await rm(join(copy, 'who-knows.json'));
    await writeFile(join(copy, 'creds.json'), '');
    expect(await importFrom('--from', copy, '--account', 'old')).toMatchObject({
      code: 1,
      output: expect.stringContaining('creds.json') as unknown,
    });
    await rm(copy, { recursive: true });
    expect(await importFrom('--from', join(copy, 'nowhere'), '--account', 'old')).toMatchObject({ code: 1 });
    expect(await importFrom('--from', folder, '--account', 'not an id')).toMatchObject({ code: 1 });
    expect(await importFrom('--from', folder)).toMatchObject({ code: 1 });
    await setup.restart();
    expect(await setup.service.status('old')).toMatchObject({ status: 'idle', authExists: false });
  });

  it('an imported account logs in without a scan, and the folder stays unchanged', async () => {
    const read = async () =>
      Promise.all(
        (await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name), 'hex')]),
      );
    const before = await read();
    expect(before.length).toBeGreaterThan(800);
    await setup.service.stop();
    const { code, output } = await importFrom('--from', folder, '--account', 'old');
    expect([code, output]).toEqual([
      0,
      expect.stringContaining(`with ${before.length - 1} Signal keys`) as unknown,
    ]);
    expect(await read()).toEqual(before);
    expect(await importFrom('--from', folder, '--account', 'old')).toMatchObject({
      code: 1,
      output: expect.stringContaining('linked already') as unknown,
    });
    await setup.restart();
    expect(await setup.service.reaches('old', 'connected')).toMatchObject({ servicePhone: phone });
    expect((await setup.simulator.control.state()).counters.preKeysReused).toBe(0);
  });

  it('the import names a failure of the store as such, and not as a linked account', async () => {
    await setup.service.stop();
    const database = await SqliteDatabase.open({ dataDirectory: setup.dataDir });
    database.run('ALTER TABLE account RENAME COLUMN has_credentials TO renamed');
    await database.close();
    const { code, output } = await importFrom('--from', folder, '--account', 'new');
    expect(code).toBe(1);
    expect(output).toContain('could not read or write its store');
    expect(output).not.toContain('linked already');
  });
});
