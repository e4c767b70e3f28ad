import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { HostEnvironment } from '../../support/host/host-environment.js';
import type { HostProcess } from '../../support/host/host-process.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

let environment: HostEnvironment;
let host: HostProcess;

beforeAll(async () => {
  environment = await HostEnvironment.create();
  host = await environment.start({ ownLogger: true });
});
afterAll(() => environment.close());

describe('the log of the module in a host application with its own logger', () => {
  it("lines of the module go to the host's logger, with account and attempt as fields", async () => {
    await host.post('/api/whatsapp/pair', { accountId: 'sales' });
    const shown = await host.send(`/api/whatsapp/pair/qr?accountId=sales&format=json&waitMs=${CODE_WAIT_MS}`);
    const { value } = JSON.parse(shown.text) as { value: string };
    expect(await environment.simulator.control.scan({ phone: '4915110000001', qr: value })).toMatchObject({
      paired: true,
    });
    const lines = (): Record<string, unknown>[] =>
      host.output
        .split('\n')
        .filter((line) => line.startsWith('{"host"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ accountId }) => accountId === 'sales');
    await eventually(
      () => lines().some(({ message }) => /^connected/.test(String(message))),
      10_000,
      () => host.output,
    );
    for (const { host: level, attempt, message, context } of lines()) {
      expect([level, typeof message, typeof context]).toEqual(['info', 'string', 'string']);
      expect(attempt === null || Number(attempt) > 0).toBe(true);
    }
    const connected = lines().find(({ message }) => message === 'connected');
    expect([connected?.['phone'], host.output.includes('4915110000001')]).toEqual(['…01', false]);
    // The log of Baileys is off by default.
    expect(lines().filter(({ context }) => context === 'Baileys')).toEqual([]);
  });
});
