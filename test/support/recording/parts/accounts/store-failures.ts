import { API, links, loses, of } from '../../accounts.js';
import type { Part } from '../../part.js';
import type { Recorder } from '../../recorder.js';

const ORDER = { body: { accountId: 'one', expiresInSeconds: 60 } };

const about = (accountId: string): { readonly body: object } => ({ body: { accountId } });

async function cannotWrite(recorder: Recorder): Promise<void> {
  const { service } = recorder.world;
  const { linkId } = (await recorder.unrecorded(`POST ${API}/links`, ORDER)).body;
  recorder.know(String(linkId), 'link id');
  await service.breakStore({ saveSetting: true });
  await recorder.step('The client pairs while no setting can be stored.', `POST ${API}/pair`, about('one'));
  await recorder.step(
    'The account has no session after a pairing that could not start.',
    `GET ${of('pair', 'one')}`,
  );
  await recorder.until('GET /health/ready', ({ status }) => status === 503);
  await recorder.step(
    'A probe asks whether the service is ready while no setting can be stored.',
    'GET /health/ready',
  );
  await recorder.step(
    'A probe asks whether the service lives while no setting can be stored.',
    'GET /health/live',
  );
  await service.breakStore({ erase: true });
  await recorder.step(
    'The client disconnects while nothing can be erased.',
    `POST ${API}/disconnect`,
    about('one'),
  );
  await service.breakStore({ pageLinks: true });
  await recorder.step('The client makes a link while none can be stored.', `POST ${API}/links`, ORDER);
  await recorder.step(
    'The client revokes a link while its end cannot be stored.',
    `DELETE ${API}/links/${String(linkId)}`,
  );
  await service.breakStore({ audit: true });
  await recorder.step('The client reads an audit trail that cannot be read.', `GET ${API}/audit`);
  await recorder.step(
    'The client stops while the audit trail cannot be written.',
    `POST ${API}/pair/stop`,
    about('one'),
  );
  await service.breakStore({ full: true });
  await recorder.step('The client pairs while the disk is full.', `POST ${API}/pair`, about('one'));
  await recorder.step('The client stops while the disk is full.', `POST ${API}/pair/stop`, about('one'));
  await recorder.step(
    'The client disconnects while the disk is full.',
    `POST ${API}/disconnect`,
    about('one'),
  );
  await service.breakStore({ openSocket: true });
  await recorder.step('The client pairs while no socket can be opened.', `POST ${API}/pair`, about('one'));
  await recorder.step(
    'The client reads a pairing for which no socket could be opened.',
    `GET ${of('pair', 'one')}`,
  );
  await service.breakStore({});
}

async function cannotRead(recorder: Recorder): Promise<void> {
  const { service } = recorder.world;
  const phone = await links(recorder, 'linked');
  await loses(recorder, 'linked', phone);
  await service.breakStore({ load: true });
  await recorder.step(
    'The client pairs while credentials cannot be loaded.',
    `POST ${API}/pair`,
    about('linked'),
  );
  await service.breakStore({ corrupt: true });
  await recorder.step(
    'The client pairs with credentials that are corrupt.',
    `POST ${API}/pair`,
    about('linked'),
  );
  await recorder.step('The client reads the pairing of the corrupt account.', `GET ${of('pair', 'linked')}`);
  await recorder.step('The client lists the corrupt account.', `GET ${API}/accounts`);
  await recorder.step(
    'The client disconnects the corrupt account.',
    `POST ${API}/disconnect`,
    about('linked'),
  );
  await recorder.step(
    'The client lists the accounts after the corrupt one was disconnected.',
    `GET ${API}/accounts`,
  );
  await service.breakStore({});
}

export const storeFailures: Part = {
  about: 'a store that fails',
  async record(start) {
    const recorder = await start();
    await cannotWrite(recorder);
    await cannotRead(recorder);
  },
};
