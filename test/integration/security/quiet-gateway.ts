import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { LocalModule } from '../../../src/local/local.module.js';
import { SqliteStorageModule } from '../../../src/storage/sqlite/sqlite-storage.module.js';
import type { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import type { WebVersion } from '../../../src/whatsapp/domain/web-version.js';
import type { ConfigRepository } from '../../../src/whatsapp/ports/config.repository.js';
import {
  type Attempt,
  type AttemptRequest,
  WhatsappGateway,
} from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { WhatsappModule } from '../../../src/whatsapp/whatsapp.module.js';

/** The number of every device that the gateway accepts. */
export const PHONE = '4915112345678' as PhoneNumber;

/** Gateway that emits nothing automatically. A test lets it accept a device. */
export class QuietGateway extends WhatsappGateway {
  readonly pinnedWebVersion: WebVersion = [2, 3000, 1];
  latest: AttemptRequest | null = null;
  /** Sockets are created once this promise has resolved. */
  mayOpen: Promise<void> = Promise.resolve();

  fetchWebVersion(): Promise<WebVersion> {
    return Promise.resolve(this.pinnedWebVersion);
  }

  async open(request: AttemptRequest): Promise<Attempt> {
    await this.mayOpen;
    this.latest = request;
    const gone = Promise.resolve();
    return { destroy: () => undefined, close: () => gone, logout: () => gone, closed: gone };
  }

  inspect(): { readonly phone: string } {
    return { phone: PHONE };
  }

  async accept(): Promise<void> {
    this.latest?.onEvent({ type: 'codes', step: 'qr', values: ['2@ref'] });
    await this.latest?.onAccepted({ phone: PHONE, credentials: Buffer.from('{}'), keys: [] });
  }
}

@Module({
  providers: [{ provide: WhatsappGateway, useClass: QuietGateway }],
  exports: [WhatsappGateway],
})
class QuietModule {}

/** Starts the core with a real store and without a connection to WhatsApp. */
export async function startCore(dataDirectory: string): Promise<TestingModule> {
  const adapters = [
    LocalModule.forRoot(),
    SqliteStorageModule.forRoot({ dataDirectory }),
    { module: QuietModule },
  ];
  const core = await Test.createTestingModule({
    imports: [WhatsappModule.forRoot({ adapters, versionRefresh: false })],
  }).compile();
  return core.init();
}

/** Delays the first write of a pairing until `release` is called; with an error, the write fails. */
export function holdStore(config: ConfigRepository): { readonly release: (error?: StorageFailed) => void } {
  const saveSetting = config.saveSetting.bind(config);
  let release: (error?: StorageFailed) => void = () => undefined;
  const held = new Promise<void>((resolve, reject) => {
    release = (error) => {
      if (error) reject(error);
      else resolve();
    };
  });
  config.saveSetting = async (...setting) => {
    await held;
    await saveSetting(...setting);
  };
  return { release };
}
