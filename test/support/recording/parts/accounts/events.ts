import { API, links, loses, of, shownQr } from '../../accounts.js';
import type { Part } from '../../part.js';
import type { Recorder, Sent, StreamMessage } from '../../recorder.js';

const EVENTS = `${API}/events`;
const OF_SALES = of('events', 'sales');
const SALES = { body: { accountId: 'sales' } };

const isSnapshot = ({ type }: StreamMessage): boolean => type === 'snapshot';
const isQr = ({ type }: StreamMessage): boolean => type === 'qr';
const isStopped = ({ data }: StreamMessage): boolean => data.status?.status === 'idle';
const isAccepted = ({ data }: StreamMessage): boolean =>
  typeof data.account?.linkedAt === 'string' && !data.account.serviceConnected;
const isForgotten = ({ data }: StreamMessage): boolean => data.account?.linkedAt === null;

const after = (id: string): Sent => ({ headers: { 'Last-Event-ID': id } });

/** Records a stream up to its snapshot. */
async function snapshot(recorder: Recorder, name: string, path: string, sent: Sent = {}): Promise<void> {
  await recorder.stream(name, path, await recorder.openStream(path, sent), isSnapshot);
}

async function followsPairing(recorder: Recorder): Promise<void> {
  await snapshot(recorder, 'The client reads events before there is an account.', EVENTS);
  await snapshot(recorder, 'The client reads events of one account before there is one.', OF_SALES);
  const stream = await recorder.openStream(OF_SALES);
  const id = await recorder.shows(stream, isSnapshot);
  await recorder.unrecorded(`POST ${API}/pair`, SALES);
  await shownQr(recorder, 'sales');
  await recorder.shows(stream, isQr);
  await snapshot(recorder, 'The client begins to read events while a QR code is on the screen.', EVENTS);
  await recorder.unrecorded(`POST ${API}/pair/stop`, SALES);
  await recorder.stream('The client follows a pairing that is stopped.', OF_SALES, stream, isStopped);
  const again = await recorder.openStream(OF_SALES, after(id));
  await recorder.stream('The client comes back after the snapshot.', OF_SALES, again, isStopped);
}

async function followsLink(recorder: Recorder): Promise<void> {
  const stream = await recorder.openStream(EVENTS);
  await recorder.shows(stream, isSnapshot);
  const phone = await links(recorder, 'sales');
  await snapshot(recorder, 'The client begins to read events of a connected account.', OF_SALES);
  await loses(recorder, 'sales', phone);
  const id = await recorder.shows(stream, isAccepted);
  await recorder.unrecorded(`POST ${API}/disconnect`, SALES);
  await recorder.stream(
    'The client follows an account until it is disconnected.',
    EVENTS,
    stream,
    isForgotten,
  );
  const again = await recorder.openStream(EVENTS, after(id));
  await recorder.stream(
    'The client comes back after WhatsApp accepted the device.',
    EVENTS,
    again,
    isForgotten,
  );
}

/** Needs a service with one permitted reader, whose log keeps one event. */
export async function hasTooManyReaders(recorder: Recorder): Promise<void> {
  const stream = await recorder.openStream(EVENTS);
  const id = await recorder.shows(stream, isSnapshot);
  await recorder.step(
    'The client reads events while the maximum number of clients reads them.',
    `GET ${EVENTS}`,
  );
  await recorder.unrecorded(`POST ${API}/pair`, SALES);
  await shownQr(recorder, 'sales');
  await recorder.unrecorded(`POST ${API}/pair/stop`, SALES);
  await recorder.shows(stream, isStopped);
  stream.hangUp();
  await snapshot(recorder, 'The client comes back after more events than the log keeps.', EVENTS, after(id));
}

export const events: Part = {
  about: 'streams of events',
  async record(start) {
    const recorder = await start();
    await recorder.step('The client asks for the headers of the events.', `HEAD ${EVENTS}`);
    await recorder.step('The client reads events of an account with a bad id.', `GET ${of('events', '')}`);
    await followsPairing(recorder);
    await followsLink(recorder);
    const [unknown, foreign] = [after('x'), after('0123456789ab-1')];
    await snapshot(
      recorder,
      'The client comes back with an id that the service did not make.',
      EVENTS,
      unknown,
    );
    await snapshot(recorder, 'The client comes back with the id of another process.', EVENTS, foreign);
  },
};
