import type { Answer, Recorder, Sent } from './recorder.js';

/* Actions on accounts between two recorded steps. */

export const API = '/api/whatsapp';

interface Account {
  readonly accountId: string;
  readonly status: string;
  readonly lastConnectedAt: string | null;
}

/** The path of a route that reads about one account. */
export const of = (route: string, accountId: string, more = ''): string =>
  `${API}/${route}?accountId=${accountId}${more}`;

/** Waits until the account has a status; for `connected`, also until the time of the connection is noted. */
export async function reaches(
  recorder: Recorder,
  accountId: string,
  status: string,
  sent: Sent = {},
): Promise<void> {
  const isThere = ({ body }: Answer): boolean =>
    (body['accounts'] as readonly Account[]).some(
      (account) =>
        account.accountId === accountId &&
        account.status === status &&
        (status !== 'connected' || account.lastConnectedAt !== null),
    );
  await recorder.until(`GET ${API}/accounts?limit=200`, isThere, sent);
}

/** Waits until the account shows a QR code. @returns the code */
export async function shownQr(recorder: Recorder, accountId: string, sent: Sent = {}): Promise<string> {
  const path = of('pair/qr', accountId, '&format=json&waitMs=30000');
  const { body } = await recorder.unrecorded(`GET ${path}`, sent);
  if (typeof body['value'] !== 'string')
    throw new Error(`the answer has no QR code: ${JSON.stringify(body)}`);
  return body['value'];
}

/** Scans the shown code with the phone, and waits until the account is connected. */
export async function scans(
  recorder: Recorder,
  accountId: string,
  phone: string,
  sent: Sent = {},
): Promise<void> {
  const qr = await shownQr(recorder, accountId, sent);
  const result = await recorder.setup.simulator.control.scan({ phone, qr });
  if (!result.paired) throw new Error(`the phone could not link the device: ${JSON.stringify(result)}`);
  await reaches(recorder, accountId, 'connected', sent);
}

/** Links an account with a QR code. @returns the phone number */
export async function links(
  recorder: Recorder,
  accountId: string,
  phone = recorder.setup.newPhone(),
  sent: Sent = {},
): Promise<string> {
  await recorder.unrecorded(`POST ${API}/pair`, { ...sent, body: { accountId } });
  await scans(recorder, accountId, phone, sent);
  return phone;
}

/** Cuts the connection of the account. In the recording the service does not restore it automatically. */
export async function loses(recorder: Recorder, accountId: string, phone: string): Promise<void> {
  await recorder.setup.simulator.control.act({ type: 'cut' }, { phone });
  await reaches(recorder, accountId, 'idle');
}
