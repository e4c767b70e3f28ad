import { isWireAction, type FaultAction, type WireAction } from '../faults/actions.js';
import type { ConnectionFilter, FaultRequest } from '../faults/fault-plan.js';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { ServedVersion } from '../handshake/version-handler.js';
import type { HistoryRequest, OwnMessageRequest } from '../messages/own-device-sender.js';
import type { ForeignMessage } from '../messages/foreign-messages.js';
import type { RetireRequest } from '../pairing/code-retirement.js';
import type { PasskeyRequirement } from '../pairing/passkey-handler.js';
import type { ScanRequest } from '../pairing/scan-handler.js';
import type { TypeCodeRequest } from '../phone-code/code-entry-handler.js';
import type { SpendRequest } from '../queries/pre-key-handler.js';
import type { HoldFilter, ReleaseAs } from '../server/hold-registry.js';
import type { BusinessRequest, PushName } from '../simulation/phone-commands.js';
import type { Simulation } from '../simulation/simulation.js';
import type { Condition } from '../state/condition.js';
import {
  checkAct,
  checkFault,
  checkLeastVersion,
  checkRetire,
  checkWait,
  HISTORY,
  BUSINESS,
  FOREIGN_MESSAGE,
  HOLDS,
  OWN_MESSAGE,
  PASSKEY,
  PUSH_NAME,
  RELEASE,
  REQUEST_AGAIN,
  REMOVE_DEVICES,
  SCAN,
  SERVED_VERSION,
  SPEND_PRE_KEYS,
  TYPE_CODE,
} from './request-shapes.js';
import { checkShape } from './shape.js';

export type Route = (request: { body: unknown; query: URLSearchParams }) => unknown;

/** The routes of the control API: each checks the request and calls the method of the simulation. */
export function routes(simulation: Simulation): Readonly<Record<string, Route>> {
  return {
    'GET /state': () => simulation.state(),
    'GET /journal': () => simulation.journal(),
    'POST /scan': ({ body }) => {
      checkShape(body, SCAN, 'scan');
      return simulation.scan(body as ScanRequest);
    },
    'POST /type-code': ({ body }) => {
      checkShape(body, TYPE_CODE, 'type-code');
      return simulation.typeCode(body as TypeCodeRequest);
    },
    'POST /passkey': ({ body }) => {
      checkShape(body, PASSKEY, 'passkey');
      simulation.requirePasskey(body as PasskeyRequirement);
      return {};
    },
    'POST /push-name': ({ body }) => {
      checkShape(body, PUSH_NAME, 'push-name');
      simulation.setPushName(body as PushName);
      return {};
    },
    'POST /business': ({ body }) => {
      checkShape(body, BUSINESS, 'business');
      simulation.setBusiness(body as BusinessRequest);
      return {};
    },
    'POST /retire': async ({ body }) => {
      checkRetire(body);
      return { acknowledged: await simulation.retire(body as RetireRequest) };
    },
    'POST /remove-devices': async ({ body }) => {
      checkShape(body, REMOVE_DEVICES, 'remove-devices');
      const { phone, deviceJid } = body as { phone: string; deviceJid?: string };
      return { removed: await simulation.removeDevices(phone, deviceJid) };
    },
    'POST /send-own': ({ body }) => {
      checkShape(body, OWN_MESSAGE, 'send-own');
      return { devices: simulation.sendOwn(body as OwnMessageRequest) };
    },
    'POST /send-history': ({ body }) => {
      checkShape(body, HISTORY, 'send-history');
      return { devices: simulation.sendHistory(body as HistoryRequest) };
    },
    'GET /pre-keys': ({ query }) => simulation.preKeys(query.get('jid') ?? ''),
    'POST /spend-pre-keys': ({ body }) => {
      checkShape(body, SPEND_PRE_KEYS, 'spend-pre-keys');
      return simulation.spendPreKeys(body as SpendRequest);
    },
    'POST /foreign-message': ({ body }) => {
      checkShape(body, FOREIGN_MESSAGE, 'foreign-message');
      return { devices: simulation.deliverForeign(body as ForeignMessage) };
    },
    'POST /request-again': ({ body }) => {
      checkShape(body, REQUEST_AGAIN, 'request-again');
      return { requested: simulation.requestAgain((body as { phone: string }).phone) };
    },
    'POST /served-version': ({ body }) => {
      checkShape(body, SERVED_VERSION, 'served-version');
      simulation.serveVersion(body as ServedVersion);
      return {};
    },
    'POST /least-version': ({ body }) => {
      checkLeastVersion(body);
      simulation.requireVersion((body as { version: string | null }).version);
      return {};
    },
    'GET /faults': () => simulation.faults(),
    'POST /faults': ({ body }) => {
      checkFault(body);
      return simulation.addFault(body as FaultRequest);
    },
    'DELETE /faults': ({ query }) => {
      simulation.removeFault(numberIn(query, 'id'));
      return {};
    },
    'POST /act': async ({ body }) => {
      checkAct(body);
      const { action, where } = body as { action: FaultAction; where?: ConnectionFilter };
      return { connections: await simulation.act(immediate(action), where) };
    },
    'GET /holds': ({ query }) => simulation.holds(holdFilter(query), numberIn(query, 'waitMs')),
    'POST /release': ({ body }) => {
      checkShape(body, RELEASE, 'release');
      const { as = 'continue', ...filter } = body as HoldFilter & { as?: ReleaseAs };
      return { released: simulation.release(filter, as) };
    },
    'POST /wait': async ({ body }) => {
      checkWait(body);
      const { condition, waitMs } = body as { condition: Condition; waitMs: number };
      return { met: await simulation.waitFor(condition, waitMs) };
    },
    'POST /reset': async () => {
      await simulation.reset();
      return {};
    },
  };
}

function immediate(action: FaultAction): WireAction {
  if (!isWireAction(action))
    throw new InvalidRequest(`${action.type} is possible only at a stage; add it as a fault`);
  return action;
}

function holdFilter(query: URLSearchParams): HoldFilter {
  const { stage, when } = Object.fromEntries(query);
  const id = numberIn(query, 'id');
  const filter = { ...(id !== undefined && { id }), ...(stage && { stage }), ...(when && { when }) };
  checkShape(filter, HOLDS, 'holds');
  return filter as HoldFilter;
}

/** @returns undefined when the query has no such parameter */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(number)) throw new InvalidRequest(`${name} must be a number`);
  return number;
}
