import 'reflect-metadata';
import type { ServiceTimings } from '../../../src/app.module.js';
import { createApp } from '../../../src/create-app.js';
import { exitOnSignal, exitOnUncaughtException } from '../../../src/server/exit-handlers.js';
import { WhatsappSockets } from '../../../src/baileys/whatsapp-sockets.js';
import { configFrom } from '../../../src/config/load-config.js';
import { AuditTrailStore } from '../../../src/security/ports/audit-trail.store.js';
import { PageLinkStore } from '../../../src/security/ports/page-link.store.js';
import { AuthStateStore } from '../../../src/whatsapp/ports/auth-state.store.js';
import { ConfigRepository } from '../../../src/whatsapp/ports/config.repository.js';
import { WhatsappGateway } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';
import type { DomainError } from '../../../src/whatsapp/domain/errors.js';
import { PairingService } from '../../../src/whatsapp/pairing.service.js';
import { SessionPool } from '../../../src/whatsapp/sessions/session-pool.js';
import { BothLogs } from '../secrets/both-logs.js';
import {
  breakableAudit,
  breakableConfig,
  breakableGateway,
  breakablePageLinks,
  breakableStore,
  StoreFaults,
} from '../store/breakable-store.js';
import { answerParent } from './answer-parent.js';
import { reachableBytes } from '../resources/heap.js';
import { Messenger } from '../clients/messenger.js';
import { shiftDate } from '../time/shifted-date.js';
import { NarrowingInterceptor } from '../host/narrowing.interceptor.js';
import { PauseMeter } from '../resources/pause-meter.js';
import { Peaks } from '../resources/resource-peaks.js';

/*
 * The service as a child process of the tests: the real application with shorter durations. It reports its address and
 * its resources to the parent over IPC. The parent can make the store fail.
 */

export type Question =
  | { readonly ask: 'usage' | 'resources' | 'reachable' | 'peaks' | 'heldAcceptances' }
  /** Returns the longest pause of the event loop since the last call. See `PauseMeter`. */
  | { readonly ask: 'longestPause' }
  /** Sets the wall clock to the true time plus `byMs`. */
  | { readonly ask: 'shiftClock'; readonly byMs: number }
  /** Replaces every random number with this value; null: they are random again. */
  | { readonly ask: 'fixRandom'; readonly value: number | null }
  | { readonly ask: 'breakStore'; readonly faults: StoreFaults }
  /** Starts pairings of all these accounts at once by a direct call, without HTTP. */
  | { readonly ask: 'pair'; readonly accountIds: readonly string[] }
  /** Returns those of these connected accounts that have not finished their writes. */
  | { readonly ask: 'unsettled'; readonly accountIds: readonly string[] };

/** The number of active resources of the event loop by kind, as `process.getActiveResourcesInfo` returns them. */
export type Resources = Readonly<Record<string, number>>;

export interface Usage {
  readonly resources: Resources;
  readonly heapUsed: number;
  /** Bytes outside the heap: buffers. */
  readonly external: number;
  /** The number of listeners on `process`. */
  readonly processListeners: number;
  readonly warnings: readonly string[];
}

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

function resources(): Resources {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function usage(): Usage {
  // The second call waits until another thread has freed the buffers that the first call found.
  globalThis.gc?.();
  globalThis.gc?.();
  const processListeners = process
    .eventNames()
    .reduce((count, name) => count + process.listenerCount(name), 0);
  const { heapUsed, external } = process.memoryUsage();
  return { resources: resources(), heapUsed, external, processListeners, warnings };
}

const timings = JSON.parse(process.env['TEST_TIMINGS'] ?? '{}') as ServiceTimings;
const config = configFrom(process.env);
const logsJson = process.env['TEST_JSON_LOG'] === 'true';
const app = await createApp(logsJson ? { ...config, NODE_ENV: 'production' } : config, timings);
if (process.env['TEST_BOTH_LOGS'] === 'true') {
  app.useLogger(new BothLogs({ level: config.LOG_LEVEL, phoneNumbers: config.LOG_PHONE_NUMBERS }));
}
const faults = new StoreFaults();
breakableStore(app.get(AuthStateStore, { strict: false }), faults);
breakableConfig(app.get(ConfigRepository, { strict: false }), faults);
breakableAudit(app.get(AuditTrailStore, { strict: false }), faults);
breakableGateway(app.get(WhatsappGateway, { strict: false }), faults);
breakablePageLinks(app.get(PageLinkStore, { strict: false }), faults);
const peaks = new Peaks();
const pauses = new PauseMeter();
peaks.watchSockets(app.get(WhatsappGateway, { strict: false }));
peaks.watchPairings(app.get(SessionPool, { strict: false }), app.get(PairingService, { strict: false }));
app.useGlobalInterceptors(new NarrowingInterceptor());
new Messenger(app.get(WhatsappSockets, { strict: false })).serve(app);
exitOnUncaughtException();
exitOnSignal(app);
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');

const trueRandom = Math.random;

/** Returns the result of each call: `pending`, or the code of the error. */
function pair(accountIds: readonly string[]): Promise<readonly string[]> {
  const pairing = app.get(PairingService, { strict: false });
  const begin = (id: string): Promise<string> =>
    pairing.pair(accountId(id)).then(
      ({ status }) => status,
      (error: unknown) => (error as DomainError).code,
    );
  return Promise.all(accountIds.map(begin));
}

/** The field of the credentials that Baileys stores last after a login. Later writes have other causes. */
const STORED_LAST = 'lastPropHash';

async function unsettled(accountIds: readonly string[]): Promise<readonly string[]> {
  const store = app.get(AuthStateStore, { strict: false });
  const loaded = await Promise.all(accountIds.map((id) => store.load(accountId(id))));
  return accountIds.filter((_, index) => !Buffer.from(loaded[index] ?? []).includes(STORED_LAST));
}

function answer(question: Question): unknown {
  switch (question.ask) {
    case 'usage':
      return usage();
    case 'resources':
      return resources();
    case 'reachable':
      return reachableBytes();
    case 'peaks':
      return peaks.view();
    case 'longestPause':
      return pauses.take();
    case 'shiftClock':
      shiftDate(question.byMs);
      return undefined;
    case 'fixRandom': {
      const { value } = question;
      Math.random = value === null ? trueRandom : () => value;
      return undefined;
    }
    case 'heldAcceptances':
      return faults.held;
    case 'breakStore':
      faults.set(question.faults);
      return undefined;
    case 'pair':
      return pair(question.accountIds);
    case 'unsettled':
      return unsettled(question.accountIds);
  }
}

answerParent(answer);
process.on('disconnect', () => process.exit(2));
process.send?.({ url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
