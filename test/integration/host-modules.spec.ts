import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LocalModule, type LocalOptions } from '../../src/local/local.module.js';
import {
  SqliteStorageModule,
  type SqliteStorageOptions,
} from '../../src/storage/sqlite/sqlite-storage.module.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import { AuthStateStore } from '../../src/whatsapp/ports/auth-state.store.js';
import { PairingSlots } from '../../src/whatsapp/ports/pairing-slots.js';
import { WhatsappGateway } from '../../src/whatsapp/ports/whatsapp.gateway.js';
import { PairingService } from '../../src/whatsapp/pairing.service.js';
import { WhatsappModule } from '../../src/whatsapp/whatsapp.module.js';
import {
  WHATSAPP_OPTIONS,
  type WhatsappModuleAsyncOptions,
  type WhatsappModuleOptions,
  type WhatsappOptions,
} from '../../src/whatsapp/whatsapp-options.js';

const ALLOWED_HOSTS = ['api.example.com'];

let dataDirectory: string;

beforeEach(async () => {
  Logger.overrideLogger(false);
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-modules-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

/** A class of the host application that has the options of every module. */
@Injectable()
class Settings {
  create(): Partial<WhatsappOptions & LocalOptions> & SqliteStorageOptions {
    return { allowedHosts: ALLOWED_HOSTS, versionRefresh: false, maxPairingSessions: 1, dataDirectory };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Module({
  providers: [{ provide: WhatsappGateway, useValue: {} }],
  exports: [WhatsappGateway],
})
class GatewayModule {}

type Source = Omit<WhatsappModuleAsyncOptions, 'adapters'>;

const SOURCES = {
  useFactory: {
    imports: [SettingsModule],
    inject: [Settings],
    useFactory: (settings: Settings) => Promise.resolve(settings.create()),
  },
  useClass: { useClass: Settings },
  useExisting: { imports: [SettingsModule], useExisting: Settings },
} satisfies Record<string, Source>;

function whatsapp(source: (typeof SOURCES)[keyof typeof SOURCES], extras: object = {}): DynamicModule {
  const adapters = [
    LocalModule.forRootAsync(source),
    SqliteStorageModule.forRootAsync(source),
    { module: GatewayModule },
  ];
  return WhatsappModule.forRootAsync({ ...source, adapters, ...extras });
}

describe('modules of a host application', () => {
  it.each(Object.entries(SOURCES))('the modules read their options through %s', async (_, source) => {
    const host = await Test.createTestingModule({ imports: [whatsapp(source)] }).compile();
    try {
      expect(host.get<WhatsappOptions>(WHATSAPP_OPTIONS, { strict: false })).toMatchObject({
        allowedHosts: ALLOWED_HOSTS,
      });
      expect(host.get(AuthStateStore, { strict: false })).toBeInstanceOf(AuthStateStore);
      const slots = host.get(PairingSlots, { strict: false });
      await slots.take({ accountId: accountId('first') }, Number.MAX_SAFE_INTEGER);
      const second = await slots.take({ accountId: accountId('second') }, Number.MAX_SAFE_INTEGER);
      expect(second).toMatchObject({ taken: false });
    } finally {
      await host.close();
    }
  });

  it('the options of WhatsappModule do not contain its adapters', async () => {
    const host = await Test.createTestingModule({
      imports: [
        WhatsappModule.forRoot({
          adapters: [
            LocalModule.forRoot(),
            SqliteStorageModule.forRoot({ dataDirectory }),
            { module: GatewayModule },
          ],
          allowedHosts: ALLOWED_HOSTS,
        }),
      ],
    }).compile();
    expect(host.get(WHATSAPP_OPTIONS, { strict: false })).toEqual({ allowedHosts: ALLOWED_HOSTS });
    await host.close();
  });

  it.each([
    [true, 'reach'],
    [false, 'do not reach'],
  ])('with isGlobal %s, the services %s a module that does not import WhatsappModule', async (isGlobal) => {
    @Module({ providers: [{ provide: 'USER', inject: [PairingService], useFactory: () => 'made' }] })
    class UserModule {}

    const compiled = Test.createTestingModule({
      imports: [whatsapp(SOURCES.useClass, { isGlobal }), UserModule],
    }).compile();
    if (!isGlobal) {
      await expect(compiled).rejects.toThrow('PairingService');
      return;
    }
    const host = await compiled;
    expect(host.get<string>('USER', { strict: false })).toBe('made');
    await host.close();
  });

  it('the types of WhatsappModule require adapters', () => {
    // @ts-expect-error the adapters are missing
    const options: WhatsappModuleOptions = { allowedHosts: ALLOWED_HOSTS };
    // @ts-expect-error the adapters are missing
    const asyncOptions: WhatsappModuleAsyncOptions = { useFactory: () => ({}) };
    const calls = [
      // @ts-expect-error the adapters are missing
      () => WhatsappModule.forRoot({ allowedHosts: ALLOWED_HOSTS }),
      // @ts-expect-error the adapters are missing
      () => WhatsappModule.forRootAsync({ useFactory: () => ({}) }),
    ];
    expect([options, asyncOptions, calls]).toHaveLength(3);
  });
});
