import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { StorageFailed } from '../whatsapp/domain/errors.js';
import { WhatsappAccounts } from '../whatsapp/whatsapp-accounts.js';
import { HealthService } from './health.service.js';
import { Shutdown } from '../server/shutdown.js';
import { StoreProbe } from './store-probe.js';

const COUNTS = { linked: 3, connected: 1, reconnecting: 1, pairing: 0, failed: 1 };

let health: HealthService;
let shutdown: { isStarted: boolean };
const check = jest.fn<StoreProbe['check']>();

beforeEach(async () => {
  check.mockReset().mockResolvedValue(undefined);
  shutdown = { isStarted: false };
  const module = await Test.createTestingModule({
    imports: [TerminusModule.forRoot({ logger: false })],
    providers: [
      HealthService,
      { provide: StoreProbe, useValue: { check } },
      { provide: Shutdown, useValue: shutdown },
      { provide: WhatsappAccounts, useValue: { counts: () => COUNTS } },
    ],
  }).compile();
  health = module.get(HealthService);
});

describe('HealthService.ready', () => {
  it('readiness depends on the store and reports the counts of WhatsApp accounts', async () => {
    const whatsapp = { status: 'up', ...COUNTS };
    expect(await health.ready()).toMatchObject({
      status: 'ok',
      details: { store: { status: 'up' }, whatsapp },
    });
    check.mockRejectedValue(new StorageFailed({ cause: new Error('/var/lib/whatsapp.sqlite is full') }));
    await expect(health.ready()).rejects.toMatchObject({
      code: 'not_ready',
      details: {
        store: {
          status: 'down',
          message: 'The service could not read or write its store. Nothing was changed.',
        },
        whatsapp,
      },
    });
  });

  it('a store that hangs makes the service not ready after 2 s', async () => {
    check.mockReturnValue(new Promise(() => undefined));
    jest.useFakeTimers();
    const refused = expect(health.ready()).rejects.toMatchObject({
      code: 'not_ready',
      details: { store: { status: 'down', message: 'timeout of 2000ms exceeded' } },
    });
    await jest.advanceTimersByTimeAsync(2_000);
    jest.useRealTimers();
    await refused;
  });

  it('a service that shuts down is not ready, and its store is not checked', async () => {
    shutdown.isStarted = true;
    await expect(health.ready()).rejects.toMatchObject({ code: 'shutting_down', details: {} });
    expect(check).not.toHaveBeenCalled();
  });
});

describe('HealthService.live', () => {
  it('the service is alive whatever the state of the store, and during a shutdown', async () => {
    check.mockReturnValue(new Promise(() => undefined));
    shutdown.isStarted = true;
    expect(await health.live()).toMatchObject({ status: 'ok', details: { eventLoop: { status: 'up' } } });
  });
});
