import { API, links, loses, of, reaches, scans, shownQr } from '../../accounts.js';
import type { Part } from '../../part.js';
import type { Recorder } from '../../recorder.js';

const SALES = { body: { accountId: 'sales' } };

/** Records every answer of the service about the account. */
async function shows(recorder: Recorder, when: string): Promise<void> {
  await recorder.step(`The client reads the status ${when}.`, `GET ${of('status', 'sales')}`);
  await recorder.step(`The client reads the pairing ${when}.`, `GET ${of('pair', 'sales')}`);
  await recorder.step(`The client lists the accounts ${when}.`, `GET ${API}/accounts`);
}

async function pairs(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  const stage = 'pair_device';
  await shows(recorder, 'before the first pairing');
  await recorder.step('The client stops an account that has no session.', `POST ${API}/pair/stop`, SALES);
  await recorder.step(
    'The client disconnects an account that has no session.',
    `POST ${API}/disconnect`,
    SALES,
  );
  await control.addFault({ stage, action: { type: 'hold' } });
  await recorder.step('The client starts a pairing.', `POST ${API}/pair`, SALES);
  await control.holds({ stage }, 60_000);
  await shows(recorder, 'while WhatsApp has sent no code');
  await control.release();
  await shownQr(recorder, 'sales');
  await shows(recorder, 'while the QR code is on the screen');
  await recorder.step('The client replaces the pairing.', `POST ${API}/pair`, SALES);
  await recorder.step('The client stops the pairing.', `POST ${API}/pair/stop`, SALES);
  await shows(recorder, 'after the pairing was stopped');
}

async function refusesWrongNumber(recorder: Recorder): Promise<void> {
  const { setup } = recorder;
  const [expected, other] = [setup.newPhone(), setup.newPhone()];
  const body = { accountId: 'sales', expectedPhoneNumber: `+${expected}` };
  await recorder.step('The client starts a pairing for one phone number.', `POST ${API}/pair`, { body });
  await setup.simulator.control.scan({ phone: other, qr: await shownQr(recorder, 'sales') });
  await reaches(recorder, 'sales', 'error');
  await shows(recorder, 'after a phone with another number scanned the code');
}

async function isLinked(recorder: Recorder, phone: string): Promise<void> {
  await recorder.unrecorded(`POST ${API}/pair`, SALES);
  await scans(recorder, 'sales', phone);
  await shows(recorder, 'while the account is connected');
  await recorder.step('The client pairs an account that is connected.', `POST ${API}/pair`, SALES);
  await recorder.step(
    'The client asks for a QR code of a connected account.',
    `GET ${of('pair/qr', 'sales')}`,
  );
  await recorder.step('The client stops an account that is connected.', `POST ${API}/pair/stop`, SALES);
  await recorder.step(
    'The client reads the status after it stopped a connected account.',
    `GET ${of('status', 'sales')}`,
  );
}

async function comesBack(recorder: Recorder, phone: string): Promise<void> {
  const { control } = recorder.setup.simulator;
  const stage = 'login_success';
  await loses(recorder, 'sales', phone);
  await shows(recorder, 'after the connection was lost');
  await control.addFault({ stage, action: { type: 'hold' } });
  await recorder.step('The client pairs an account whose connection is down.', `POST ${API}/pair`, SALES);
  await control.holds({ stage }, 60_000);
  await shows(recorder, 'while the account logs in again');
  await control.release();
  await reaches(recorder, 'sales', 'connected');
  await control.addFault({ stage, action: { type: 'hold' } });
  await recorder.setup.restart();
  recorder.knowAddress();
  await control.holds({ stage }, 60_000);
  await shows(recorder, 'while the account logs in after a restart of the service');
  await control.release();
  await reaches(recorder, 'sales', 'connected');
}

async function isUnlinked(recorder: Recorder, phone: string): Promise<void> {
  await recorder.setup.simulator.control.removeDevices(phone);
  await reaches(recorder, 'sales', 'error');
  await shows(recorder, 'after the user removed the device on the phone');
  await recorder.step('The client stops an account that is in error.', `POST ${API}/pair/stop`, SALES);
  await shows(recorder, 'after the error was cleared');
}

async function isDisconnected(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  await links(recorder, 'sales');
  await recorder.step(
    'The client disconnects an account that is connected.',
    `POST ${API}/disconnect`,
    SALES,
  );
  await shows(recorder, 'after the account was disconnected');
  await links(recorder, 'sales');
  await control.addFault({ stage: 'logout', action: { type: 'query_error', code: 500 } });
  await recorder.step(
    'The client disconnects, and WhatsApp refuses the logout.',
    `POST ${API}/disconnect`,
    SALES,
  );
  await shows(recorder, 'after a logout that WhatsApp did not confirm');
}

async function isDefault(recorder: Recorder): Promise<void> {
  const step = (name: string, what: string): Promise<unknown> => recorder.step(name, what);
  await step('The client reads the status without an account id.', `GET ${API}/status`);
  await step('The client reads the pairing without an account id.', `GET ${API}/pair`);
  await step('The client starts a pairing without a body.', `POST ${API}/pair`);
  await step('The client stops the pairing without a body.', `POST ${API}/pair/stop`);
  await step('The client disconnects without a body.', `POST ${API}/disconnect`);
}

export const account: Part = {
  about: 'an account from its first pairing to its removal',
  async record(start) {
    const recorder = await start();
    const phone = recorder.setup.newPhone();
    await pairs(recorder);
    await refusesWrongNumber(recorder);
    await isLinked(recorder, phone);
    await comesBack(recorder, phone);
    await isUnlinked(recorder, phone);
    await isDisconnected(recorder);
    await isDefault(recorder);
  },
};
