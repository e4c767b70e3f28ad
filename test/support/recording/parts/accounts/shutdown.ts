import { API, of, shownQr } from '../../accounts.js';
import { callsOf } from '../../calls.js';
import type { Part } from '../../part.js';
import type { Recorder } from '../../recorder.js';

const OTHERS = [
  `HEAD ${API}/status`,
  'GET /',
  'GET /docs',
  'GET /docs-json',
  'GET /none',
  'GET /health/ready',
  'GET /health/live',
];

/** Makes the store hold a device that WhatsApp accepted, so that the service cannot end yet. */
async function holdsDevice(recorder: Recorder): Promise<void> {
  const { setup } = recorder;
  const { service, simulator } = setup;
  await service.breakStore({ holdAccepted: true });
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'held' } });
  const qr = await shownQr(recorder, 'held');
  simulator.control.scan({ phone: setup.newPhone(), qr }).catch(() => undefined);
  await service.waitForHeldAcceptances(1, 40_000);
}

export const shutdown: Part = {
  about: 'a service that shuts down',
  async record(start) {
    const recorder = await start();
    await holdsDevice(recorder);
    await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'waiting' } });
    await shownQr(recorder, 'waiting');
    const path = of('pair/qr', 'waiting', '&format=json');
    const etag = (await recorder.unrecorded(`GET ${path}`)).header('etag');
    const known = { headers: { 'If-None-Match': etag } };
    const waits = 'The shutdown begins while the client waits for a newer QR code.';
    const { answer } = await recorder.waiting(waits, `GET ${path}&waitMs=30000`, known);
    const stream = await recorder.openStream(of('events', 'waiting'));
    recorder.setup.service.signal('SIGTERM');
    await recorder.until('GET /health/ready', ({ status }) => status === 503);
    await answer;
    // The calls run at the same time: the service ends after some seconds, even while the store holds the device.
    const others = OTHERS.map((what) => [`The client calls ${what} during the shutdown.`, what] as const);
    await recorder.together([...callsOf('A client during the shutdown', {}), ...others]);
    await recorder.setup.service.breakStore({});
    await recorder.ended(
      'The shutdown begins while the client reads events.',
      of('events', 'waiting'),
      stream,
    );
    await recorder.setup.service.exit();
  },
};
