import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { BusyAccount } from './busy-account.js';

let setup: TestEnvironment;
let writer: BusyAccount;
let reader: BusyAccount;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  writer = new BusyAccount(setup, 'writer', await setup.link('writer'));
  reader = new BusyAccount(setup, 'reader', await setup.link('reader'));
}, 60_000);
afterAll(() => setup.close());

describe('kill right after a message was sent', () => {
  it('the service does not use the key of the sent message again', async () => {
    await writer.isUnderstoodBy(reader);
    await reader.isUnderstoodBy(writer);
    const { control } = setup.simulator;
    const { messages } = (await control.state()).counters;
    // Every write after the message is delayed beyond the kill.
    await setup.service.breakStore({ delayMs: 1_000 });
    const sent = writer.say(reader).catch(() => undefined);
    await control.waitFor({ kind: 'counter', name: 'messages', atLeast: messages + 1 }, 10_000);
    await setup.restart('kill');
    await sent;
    await writer.isBack();
    await reader.isBack();
    await writer.isUnderstoodBy(reader);
    await reader.isUnderstoodBy(writer);
  }, 60_000);
});

describe('failed write of a Signal session', () => {
  it('a message whose session cannot be stored is not sent, and the next message is readable', async () => {
    const { service, simulator } = setup;
    const { messages, nacks } = (await simulator.control.state()).counters;
    await service.breakStore({ write: true });
    await expect(writer.say(reader)).rejects.toThrow();
    await service.breakStore({});
    await writer.isBack();
    await writer.isUnderstoodBy(reader);
    expect((await simulator.control.state()).counters).toMatchObject({ messages: messages + 1, nacks });
  });
});
