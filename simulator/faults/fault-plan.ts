import { readPairingCode } from '../phone/pairing-code.js';
import { isVariation, VARIATIONS, type FaultAction } from './actions.js';
import { InvalidRequest } from './invalid-request.js';
import type { Stage, When } from './stages.js';

/** Selects connections. Every given property must be known of the connection, and must match. */
export interface ConnectionFilter {
  connectionId?: number;
  kind?: 'registration' | 'login';
  phone?: string;
  deviceJid?: string;
  registrationId?: number;
  /** A QR code that the connection shows. Only its reference is compared, not its secret. */
  qr?: string;
}

export interface FaultRequest {
  stage: Stage;
  /** Default `before`. */
  when?: When;
  action: FaultAction;
  where?: ConnectionFilter;
  /** How often the fault is applied. Default 1. */
  times?: number | 'always';
  /** How many matching passages of the stage are skipped first. Default 0. */
  skip?: number;
}

export interface Fault extends FaultRequest {
  id: number;
  when: When;
  times: number | 'always';
  skip: number;
}

/** The properties of a connection that are known so far. */
export interface ConnectionInfo extends Omit<ConnectionFilter, 'qr'> {
  connectionId: number;
  references: readonly string[];
}

const BEFORE_TRANSPORT: readonly Stage[] = ['tcp', 'upgrade', 'server_hello'];
const NEEDS_TRANSPORT: readonly FaultAction['type'][] = [
  'fail',
  'stream_error',
  'large_stanza',
  'retire',
  'refresh_code',
];

/** The planned faults, in the order in which they were added. */
export class FaultPlan {
  private readonly faults = new Map<number, Fault>();
  private nextId = 1;

  add(request: FaultRequest): Fault {
    const when = request.when ?? 'before';
    const { times = 1, skip = 0 } = request;
    assertValidAtStage(request, when);
    assertValidCounts(times, skip);
    const fault = { ...request, id: this.nextId++, when, times, skip };
    this.faults.set(fault.id, fault);
    return fault;
  }

  remove(id: number): boolean {
    return this.faults.delete(id);
  }

  clear(): void {
    this.faults.clear();
  }

  list(): Fault[] {
    return [...this.faults.values()];
  }

  /**
   * Yields the actions for this passage of a stage, in the order in which they were planned. A fault counts as applied
   * when its action is read: when an earlier action stops the stage, the later faults stay for the next passage. One
   * passage gets at most one variation.
   */
  *dueActions(stage: Stage, when: When, connection: ConnectionInfo): Generator<FaultAction> {
    let hasVariation = false;
    for (const fault of [...this.faults.values()]) {
      if (fault.stage !== stage || fault.when !== when || !matches(fault.where, connection)) continue;
      if (!this.faults.has(fault.id) || (hasVariation && isVariation(fault.action))) continue;
      if (fault.skip > 0) {
        fault.skip -= 1;
        continue;
      }
      this.countDown(fault);
      hasVariation ||= isVariation(fault.action);
      yield fault.action;
    }
  }

  private countDown(fault: Fault): void {
    if (fault.times === 'always') return;
    fault.times -= 1;
    if (fault.times <= 0) this.faults.delete(fault.id);
  }
}

export function matches(filter: ConnectionFilter | undefined, connection: ConnectionInfo): boolean {
  if (!filter) return true;
  return (
    (filter.connectionId === undefined || filter.connectionId === connection.connectionId) &&
    (filter.kind === undefined || filter.kind === connection.kind) &&
    (filter.phone === undefined || filter.phone === connection.phone) &&
    (filter.deviceJid === undefined || filter.deviceJid === connection.deviceJid) &&
    (filter.registrationId === undefined || filter.registrationId === connection.registrationId) &&
    (filter.qr === undefined || showsCode(connection, filter.qr))
  );
}

function showsCode(connection: ConnectionInfo, qr: string): boolean {
  const reference = readPairingCode(qr)?.reference;
  return reference !== undefined && connection.references.includes(reference);
}

function assertValidCounts(times: number | 'always', skip: number): void {
  if (times !== 'always' && !(Number.isInteger(times) && times > 0)) {
    throw new InvalidRequest('times must be a whole number from 1, or "always"');
  }
  if (!Number.isInteger(skip) || skip < 0) throw new InvalidRequest('skip must be a whole number from 0');
}

function assertValidAtStage({ stage, action }: FaultRequest, when: When): void {
  if (isVariation(action)) {
    const stages: readonly Stage[] = VARIATIONS[action.type];
    if (!stages.includes(stage)) {
      throw new InvalidRequest(`${action.type} belongs to stage ${stages.join(' or ')}, not ${stage}`);
    }
    if (when === 'after')
      throw new InvalidRequest(`${action.type} changes the stage itself, so it needs when: before`);
  }
  if (NEEDS_TRANSPORT.includes(action.type) && BEFORE_TRANSPORT.includes(stage)) {
    throw new InvalidRequest(`${action.type} needs a finished handshake; ${stage} comes before it`);
  }
  const sendsFrames = action.type === 'garbage' || action.type === 'raw_frames';
  if (sendsFrames && (stage === 'tcp' || stage === 'upgrade')) {
    throw new InvalidRequest(`${action.type} needs an open WebSocket; ${stage} comes before it`);
  }
  if (action.type === 'close' && (stage === 'tcp' || stage === 'upgrade')) {
    throw new InvalidRequest(`close needs an open WebSocket; at ${stage} use cut`);
  }
}
