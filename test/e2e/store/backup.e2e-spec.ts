import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outputOf } from '../../support/processes/run-program.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;
let backups: string;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  backups = await mkdtemp(join(tmpdir(), 'whatsapp-backups-'));
});
afterAll(async () => {
  await setup.close();
  await rm(backups, { recursive: true, force: true });
});

describe('a backup of the running service', () => {
  it('linked accounts connect without a scan when the backup replaces the store', async () => {
    const phone = await setup.link('kept');
    const file = join(backups, 'store.sqlite');
    const environment = { WHATSAPP_DATA_DIR: setup.dataDir };
    expect(await outputOf('dist/service/store.js', { args: ['backup', file], environment })).toContain(file);
    expect(await setup.service.status('kept')).toMatchObject({ status: 'connected' });

    await setup.service.stop();
    await rm(setup.dataDir, { recursive: true });
    await setup.restart();
    expect(await setup.service.status('kept')).toMatchObject({ authExists: false });

    await setup.service.stop();
    await copyFile(file, join(setup.dataDir, 'whatsapp.sqlite'));
    await setup.restart();
    expect(await setup.service.reaches('kept', 'connected')).toMatchObject({ servicePhone: phone });
    expect((await setup.simulator.control.state()).counters.preKeysReused).toBe(0);
  });
});
