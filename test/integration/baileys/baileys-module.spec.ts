import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { BaileysGateway } from '../../../src/baileys/baileys.gateway.js';
import { BaileysModule } from '../../../src/baileys/baileys.module.js';
import { AuthStateCorrupt } from '../../../src/whatsapp/domain/errors.js';
import { WhatsappGateway } from '../../../src/whatsapp/ports/whatsapp.gateway.js';

const SERVER_URL = Symbol('SERVER_URL');

@Module({ providers: [{ provide: SERVER_URL, useValue: 'ws://127.0.0.1:1/' }], exports: [SERVER_URL] })
class SettingsModule {}

describe('BaileysModule', () => {
  it('BaileysModule provides the gateway under its port', async () => {
    const testing = await Test.createTestingModule({ imports: [BaileysModule.forRoot()] }).compile();
    expect(testing.get(WhatsappGateway, { strict: false })).toBeInstanceOf(BaileysGateway);
    await testing.close();
  });

  it('forRootAsync injects options from modules of the host application', async () => {
    const testing = await Test.createTestingModule({
      imports: [
        BaileysModule.forRootAsync({
          imports: [SettingsModule],
          inject: [SERVER_URL],
          useFactory: (serverUrl: string) => ({ serverUrl }),
        }),
      ],
    }).compile();
    expect(testing.get(WhatsappGateway, { strict: false })).toBeInstanceOf(BaileysGateway);
    await testing.close();
  });

  it('invalid options are refused when the module is created', async () => {
    const broken = Test.createTestingModule({
      imports: [BaileysModule.forRoot({ serverUrl: 'ws://example.org/' })],
    });
    await expect(broken.compile()).rejects.toThrow('serverUrl must be');
  });

  it('credentials that cannot be decoded are corrupt, whether they are inspected or used', async () => {
    const gateway = new BaileysGateway();
    const credentials = Buffer.from('nonsense');
    expect(() => gateway.inspect(credentials)).toThrow(AuthStateCorrupt);
    await expect(gateway.open({ credentials } as never)).rejects.toBeInstanceOf(AuthStateCorrupt);
  });
});
