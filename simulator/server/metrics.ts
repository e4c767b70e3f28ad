import { STAGES, type Stage, type When } from '../faults/stages.js';
import type { ChangeNotifier } from './change-notifier.js';

export const COUNTERS = [
  'connections',
  'upgrades',
  'handshakes',
  'registrations',
  'scans',
  'companionHellos',
  'codesTyped',
  'codeRefreshes',
  'passkeyRequests',
  'passkeyAcknowledgements',
  'pairs',
  'declines',
  'logins',
  'logouts',
  'removals',
  'takeovers',
  'preKeyCounts',
  'preKeyUploads',
  'preKeysStored',
  'preKeysReused',
  'preKeysRepeated',
  'preKeysReplaced',
  'preKeysRevived',
  'preKeysHandedOut',
  'preKeyNotices',
  'keyBundles',
  'signedPreKeyRotations',
  'digests',
  'pings',
  'presences',
  'retirements',
  'acknowledgements',
  'versionRequests',
  'messages',
  'messagesToPhones',
  'messagesDelivered',
  'messagesAcknowledged',
  'nacks',
  'broadcastNacks',
  'stanzasWithheld',
  'receipts',
  'retryReceipts',
  'privacyTokens',
  'appStateQueries',
  'mediaRequests',
  'mediaGivenUp',
  'stanzasLost',
] as const;

export type CounterName = (typeof COUNTERS)[number];

export interface JournalEntry {
  at: string;
  connectionId: number | null;
  event: string;
}

export interface MetricsView {
  counters: Record<CounterName, number>;
  stages: Record<Stage, Record<When, number>>;
  refusals: Record<string, number>;
  /** Number of unsupported queries, by `xmlns type firstChild`. */
  unknownQueries: Record<string, number>;
  /** The highest number of connections of one device at the same time. */
  mostConnectionsOfADevice: number;
}

const JOURNAL_LENGTH = 1000;
/** Highest number of names in `unknownQueries`. Queries with further names count as `other`. */
const MOST_UNKNOWN_QUERIES = 100;

/** Counters since the start or the last reset, and a journal of the last thousand events. */
export class Metrics {
  private readonly view = empty();
  private entries: JournalEntry[] = [];

  constructor(private readonly changes: ChangeNotifier) {}

  count(name: CounterName, by = 1): void {
    this.view.counters[name] += by;
    this.changes.notify();
  }

  countRefusal(reason: string, connectionId: number | null): void {
    this.view.refusals[reason] = (this.view.refusals[reason] ?? 0) + 1;
    this.record(connectionId, `refused: ${reason}`);
    this.changes.notify();
  }

  recordDeviceConnections(count: number): void {
    this.view.mostConnectionsOfADevice = Math.max(this.view.mostConnectionsOfADevice, count);
  }

  countUnknownQuery(name: string): void {
    const { unknownQueries } = this.view;
    const isFull = Object.keys(unknownQueries).length >= MOST_UNKNOWN_QUERIES;
    const key = isFull && !Object.hasOwn(unknownQueries, name) ? 'other' : name;
    unknownQueries[key] = (unknownQueries[key] ?? 0) + 1;
  }

  countStage(stage: Stage, when: When): void {
    this.view.stages[stage][when] += 1;
    this.changes.notify();
  }

  record(connectionId: number | null, event: string): void {
    this.entries.push({ at: new Date().toISOString(), connectionId, event });
    if (this.entries.length > JOURNAL_LENGTH * 2) this.entries = this.entries.slice(-JOURNAL_LENGTH);
    this.changes.notify();
  }

  read(): MetricsView {
    return structuredClone(this.view);
  }

  counter(name: CounterName): number {
    return this.view.counters[name];
  }

  stageCount(stage: Stage, when: When): number {
    return this.view.stages[stage][when];
  }

  refusalCount(reason: string): number {
    return this.view.refusals[reason] ?? 0;
  }

  journal(): JournalEntry[] {
    return this.entries.slice(-JOURNAL_LENGTH);
  }
}

function empty(): MetricsView {
  const zeroes = COUNTERS.map((name) => [name, 0] as const);
  const stages = STAGES.map((stage) => [stage, { before: 0, after: 0 }] as const);
  return {
    counters: Object.fromEntries(zeroes) as Record<CounterName, number>,
    stages: Object.fromEntries(stages) as Record<Stage, Record<When, number>>,
    refusals: {},
    unknownQueries: {},
    mostConnectionsOfADevice: 0,
  };
}
