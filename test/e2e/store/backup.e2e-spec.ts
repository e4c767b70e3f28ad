import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from '../../support/processes/world.js';

const run = promisify(execFile);

let world: World;
let backups: string;

beforeAll(async () => {
  world = await World.create();
  backups = await mkdtemp(join(tmpdir(), 'whatsapp-backups-'));
});
afterAll(async () => {
  await world.close();
  await rm(backups, { recursive: true, force: true });
});

describe('a backup of the running service', () => {
  it('brings the accounts back that were linked, without a scan, when it is put in place of the store', async () => {
    const phone = await world.link('kept');
    const file = join(backups, 'store.sqlite');
    const env = { ...process.env, WHATSAPP_DATA_DIR: world.dataDir };
    const { stdout } = await run(process.execPath, ['dist/service/store.js', 'backup', file], { env });
    expect(stdout).toContain(file);
    expect(await world.service.status('kept')).toMatchObject({ status: 'connected' });

    await world.service.stop();
    await rm(world.dataDir, { recursive: true });
    await world.restart();
    expect(await world.service.status('kept')).toMatchObject({ authExists: false });

    await world.service.stop();
    await copyFile(file, join(world.dataDir, 'whatsapp.sqlite'));
    await world.restart();
    expect(await world.service.reaches('kept', 'connected')).toMatchObject({ servicePhone: phone });
    expect((await world.simulator.control.state()).counters.preKeysReused).toBe(0);
  });
});
