import { GARBAGE_KINDS, RETIRE_CHILDREN, type FaultAction } from '../faults/actions.js';
import { InvalidRequest } from '../faults/invalid-request.js';
import { STAGES } from '../faults/stages.js';
import { MEDIA_FAULTS } from '../media/media-host.js';
import { PAIR_SUCCESS_FORGERIES } from '../phone/phone.js';
import { COUNTERS } from '../server/metrics.js';
import type { Condition } from '../state/condition.js';
import { CERTIFICATE_FORGERIES } from '../wire/certificate-authority.js';
import { checkShape, isObject, type Shape } from './shape.js';

const WHEN = ['before', 'after'] as const;

const FILTER: Shape = {
  'connectionId?': 'number',
  'kind?': ['registration', 'login'],
  'phone?': 'string',
  'deviceJid?': 'string',
  'registrationId?': 'number',
  'qr?': 'string',
};

const ACTIONS: Readonly<Record<FaultAction['type'], Shape>> = {
  cut: { 'reset?': 'boolean' },
  close: {},
  freeze: {},
  thaw: {},
  fail: { code: 'number', 'expireS?': 'number' },
  stream_error: { 'code?': 'number', 'conflict?': ['replaced', 'device_removed'] },
  garbage: { kind: GARBAGE_KINDS },
  raw_frames: { count: 'number', bytes: 'number' },
  large_stanza: { 'nodes?': 'number', 'bytes?': 'number', 'compressed?': 'boolean' },
  retire: { 'child?': RETIRE_CHILDREN, 'qr?': 'string' },
  refresh_code: { 'forceManual?': 'boolean' },
  silent: {},
  hold: { 'whenGone?': ['drop', 'continue'] },
  delay: { ms: 'number' },
  http_status: { status: 'number', 'keepOpen?': 'boolean', 'retryAfterS?': 'number' },
  accept_deflate: {},
  certificate: { forgery: CERTIFICATE_FORGERIES },
  refuse: {},
  forge_pair_success: { forgery: PAIR_SUCCESS_FORGERIES },
  query_error: { code: 'number', 'text?': 'string' },
};

const CONDITIONS: Readonly<Record<Condition['kind'], Shape>> = {
  stage: { stage: STAGES, 'when?': WHEN, 'atLeast?': 'number' },
  counter: { name: COUNTERS, atLeast: 'number' },
  linked: { 'phone?': 'string', devices: 'number' },
  sockets: { open: 'number' },
  refusal: { reason: 'string', 'atLeast?': 'number' },
  online: { phone: 'string', connections: 'number' },
  active: { 'phone?': 'string', devices: 'number' },
  waiting: { 'phone?': 'string', messages: 'number' },
};

/* The fields that the requests of the control API may have. */

export const SCAN: Shape = { qr: 'string', phone: 'string', 'platform?': 'string', 'waitMs?': 'number' };
export const TYPE_CODE: Shape = {
  phone: 'string',
  code: 'string',
  'platform?': 'string',
  'waitMs?': 'number',
};
export const PASSKEY: Shape = { phone: 'string', 'required?': 'boolean' };
export const PUSH_NAME: Shape = { phone: 'string', name: 'string' };
export const BUSINESS: Shape = { phone: 'string', name: 'string', 'hosted?': 'boolean' };
export const REMOVE_DEVICES: Shape = { phone: 'string', 'deviceJid?': 'string' };
const FROM_OWN_DEVICE: Shape = {
  phone: 'string',
  'sender?': 'number',
  'deviceJid?': 'string',
  'id?': 'string',
  'byLid?': 'boolean',
};
export const OWN_MESSAGE: Shape = { ...FROM_OWN_DEVICE, content: 'string' };
export const HISTORY: Shape = {
  ...FROM_OWN_DEVICE,
  payload: 'string',
  'syncType?': 'number',
  'download?': 'boolean',
  'mediaFault?': MEDIA_FAULTS,
  'chunkOrder?': 'number',
  'progress?': 'number',
};
export const SPEND_PRE_KEYS: Shape = { phone: 'string', 'deviceJid?': 'string', leave: 'number' };
export const FOREIGN_MESSAGE: Shape = {
  phone: 'string',
  from: 'string',
  'participant?': 'string',
  'id?': 'string',
  'enc?': 'string',
  'text?': 'string',
};
export const REQUEST_AGAIN: Shape = { phone: 'string' };
export const SERVED_VERSION: Shape = {
  'revision?': 'number',
  'status?': 'number',
  'delayMs?': 'number',
  'body?': 'string',
};
export const HOLDS: Shape = { 'id?': 'number', 'stage?': STAGES, 'when?': WHEN };
export const RELEASE: Shape = { ...HOLDS, 'as?': ['continue', 'silent', 'cut'] };

export function checkFault(body: unknown): void {
  const shape = {
    stage: STAGES,
    'when?': WHEN,
    action: 'object',
    'where?': 'object',
    'skip?': 'number',
  } as const;
  if (!isObject(body)) throw new InvalidRequest('a fault must be a JSON object');
  const { times, ...rest } = body;
  checkShape(rest, shape, 'fault');
  if (times !== undefined && times !== 'always' && typeof times !== 'number') {
    throw new InvalidRequest('fault.times must be a number or "always"');
  }
  checkAction(body['action']);
  checkFilter(body['where']);
}

export function checkAct(body: unknown): void {
  checkShape(body, { action: 'object', 'where?': 'object' }, 'act');
  if (!isObject(body)) return;
  checkAction(body['action']);
  checkFilter(body['where']);
}

export function checkRetire(body: unknown): void {
  const shape: Shape = {
    'qr?': 'string',
    'where?': 'object',
    'child?': RETIRE_CHILDREN,
    'waitMs?': 'number',
  };
  checkShape(body, shape, 'retire');
  if (isObject(body)) checkFilter(body['where']);
}

export function checkLeastVersion(body: unknown): void {
  const all = isObject(body) && body['version'] === null;
  checkShape(all ? { ...body, version: '' } : body, { version: 'string' }, 'least-version');
}

export function checkWait(body: unknown): void {
  checkShape(body, { condition: 'object', waitMs: 'number' }, 'wait');
  const condition = isObject(body) && isObject(body['condition']) ? body['condition'] : {};
  const { kind, ...rest } = condition;
  checkTagged(kind, rest, CONDITIONS, 'condition');
}

function checkAction(action: unknown): void {
  const { type, ...rest } = isObject(action) ? action : {};
  checkTagged(type, rest, ACTIONS, 'action');
}

function checkTagged(
  tag: unknown,
  rest: object,
  shapes: Readonly<Record<string, Shape>>,
  what: string,
): void {
  const shape = typeof tag === 'string' && Object.hasOwn(shapes, tag) ? shapes[tag] : undefined;
  if (!shape) throw new InvalidRequest(`${what} must be one of ${Object.keys(shapes).join(', ')}`);
  checkShape(rest, shape, `${what} ${String(tag)}`);
}

function checkFilter(where: unknown): void {
  if (where !== undefined) checkShape(where, FILTER, 'where');
}
