import { API, of } from './accounts.js';
import type { Call, Recorder, Sent } from './recorder.js';

/** A valid request to every route of the API, about the account `mine`. */
const CALLS: readonly (readonly [what: string, body?: object])[] = [
  [`GET ${of('status', 'mine')}`],
  [`GET ${API}/accounts`],
  [`GET ${of('events', 'mine')}`],
  [`POST ${API}/pair`, { accountId: 'mine' }],
  [`GET ${of('pair', 'mine')}`],
  [`GET ${of('pair/qr', 'mine')}`],
  [`POST ${API}/pair/stop`, { accountId: 'mine' }],
  [`POST ${API}/disconnect`, { accountId: 'mine' }],
  [`POST ${API}/links`, { accountId: 'mine', expiresInSeconds: 60 }],
  [`GET ${of('links', 'mine')}`],
  [`DELETE ${API}/links/nononono`],
  [`GET ${API}/link`],
  [`GET ${of('audit', 'mine')}`],
];

/** Returns a call of every route, with the name of its step. @param caller subject of the names */
export function callsOf(caller: string, sent: Sent): Call[] {
  return CALLS.map(([what, body]) => [
    `${caller} calls ${what.replace(API, '')}.`,
    what,
    { ...sent, ...(body && { body }) },
  ]);
}

/**
 * Records a call of every route.
 * @param streams whether the stream of events is also called; only possible when the call is refused
 */
export async function callsAll(
  recorder: Recorder,
  caller: string,
  sent: Sent,
  streams = true,
): Promise<void> {
  for (const call of callsOf(caller, sent))
    if (streams || !call[1].includes('/events')) await recorder.step(...call);
}
