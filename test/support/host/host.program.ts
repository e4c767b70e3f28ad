import 'reflect-metadata';
// These imports leave traces in the process that are not the product's: the logger of Baileys flushes at `exit`.
import 'node:worker_threads';
import '@nestjs/swagger';
import '@whiskeysockets/baileys';
import { getEventListeners } from 'node:events';
import type { Server } from 'node:http';
import { Module, ValidationPipe, VersioningType } from '@nestjs/common';
import type { DynamicModule, NestApplicationOptions, NestInterceptor } from '@nestjs/common';
import type { AccountEvent } from '../../../src/index.js';
import { createHost, type AdapterSettings } from './host.adapters.js';
import {
  HostFilter,
  HostGuard,
  HostLogger,
  HurryingInterceptor,
  MappingInterceptor,
  MeasuringInterceptor,
  OrdersController,
  SwallowingInterceptor,
  TrimPipe,
  WrappingInterceptor,
  type MeasuredCall,
} from './host.application.js';
import type { Tenant } from './host.guards.js';
import { answerParent } from '../processes/answer-parent.js';
import { processTraces, watchEnvironment } from '../resources/process-traces.js';

/*
 * A host application that imports the module, as a child process of the tests. Its argument has its settings as JSON.
 * It imports only the exports of the package.
 */

export interface HostSettings extends AdapterSettings {
  readonly dataDirectory: string;
  readonly server: { readonly url: string; readonly rootKeyHex: string };
  readonly asynchronous?: boolean;
  readonly bodyParser?: boolean;
  readonly forbidding?: boolean;
  /** A global pipe before the validation trims every string. */
  readonly trimming?: boolean;
  readonly prefix?: string;
  /** Whether the host replaces Nest's logger. */
  readonly ownLogger?: boolean;
  readonly interceptors?: readonly (keyof typeof INTERCEPTORS)[];
  /** Tenants of the host; with them it has guards for the module's routes. */
  readonly tenants?: Readonly<Record<string, Tenant>>;
  /** Origins of other sites whose pages may call. */
  readonly allowedOrigins?: readonly string[];
  /** The maximum number of readers of events. */
  readonly eventReaders?: number;
}

export interface HostReport {
  /** Process-wide changes since before the import of the package. */
  readonly traces: readonly string[];
  readonly environmentRead: readonly string[];
}

export type HostQuestion =
  'report' | 'happened' | 'durations' | 'close' | `revoke ${string}` | `tenant ${string}`;

export interface TenantReport {
  /** The changes that the tenant announced: its name and the account. */
  readonly begun: readonly string[];
  /** The number of listeners for the revocation of the tenant. */
  readonly listeners: number;
}

/** The events that the host has received so far. */
export interface Happened {
  readonly events: readonly AccountEvent[];
  /** Whether the stream of events has completed. */
  readonly completed: boolean;
}

const measuring = new MeasuringInterceptor();

const INTERCEPTORS = {
  wrapping: () => new WrappingInterceptor(),
  mapping: () => new MappingInterceptor(),
  swallowing: () => new SwallowingInterceptor(),
  hurrying: () => new HurryingInterceptor(),
  measuring: () => measuring,
} satisfies Record<string, () => NestInterceptor>;

const settings = JSON.parse(process.argv[2] ?? '{}') as HostSettings;
process.on('disconnect', () => process.exit(2));
answerParent(answer);

const environmentRead = watchEnvironment();
const traces = processTraces();
const { BaileysModule, LocalModule, SqliteStorageModule, WhatsappAccounts, WhatsappModule } =
  await import('../../../src/index.js');

/** The configuration of the host, for injection. */
class Settings {
  readonly given = settings;
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

// Imported after the traces are recorded, because it imports the package.
const { GUARDS, Tenants, TenantsModule } = await import('./host.guards.js');
const tenancy = settings.tenants ? TenantsModule.with(settings.tenants) : null;
const guards = tenancy ? GUARDS : [];
const timings = { firstCodeMs: 60_000, nextCodeMs: 1_000, sessionLimitMs: 60_000 };

function whatsapp(): DynamicModule {
  const { dataDirectory, server, allowedOrigins = [], eventReaders } = settings;
  return WhatsappModule.forRoot({
    adapters: [
      LocalModule.forRoot(),
      SqliteStorageModule.forRoot({ dataDirectory }),
      BaileysModule.forRoot({ serverUrl: server.url, serverRootKey: server.rootKeyHex }),
    ],
    guards,
    allowedOrigins,
    timings,
    ...(eventReaders !== undefined && { events: { readers: eventReaders } }),
  });
}

function whatsappLater(): DynamicModule {
  const injected = { imports: [SettingsModule], inject: [Settings] };
  return WhatsappModule.forRootAsync({
    adapters: [
      LocalModule.forRootAsync({ ...injected, useFactory: () => ({ maxPairingSessions: 2 }) }),
      SqliteStorageModule.forRootAsync({
        ...injected,
        useFactory: ({ given }: Settings) => ({ dataDirectory: given.dataDirectory }),
      }),
      BaileysModule.forRootAsync({
        ...injected,
        useFactory: ({ given: { server } }: Settings) =>
          Promise.resolve({ serverUrl: server.url, serverRootKey: server.rootKeyHex }),
      }),
    ],
    ...injected,
    useFactory: (_: Settings) => Promise.resolve({ allowedHosts: ['later.example.com'], guards, timings }),
  });
}

@Module({
  imports: [settings.asynchronous ? whatsappLater() : whatsapp(), ...(tenancy ? [tenancy] : [])],
  controllers: [OrdersController],
})
class HostModule {}

const options: Pick<NestApplicationOptions, 'bodyParser' | 'abortOnError' | 'logger'> = {
  bodyParser: settings.bodyParser ?? !settings.ownParser,
  abortOnError: false,
  logger: ['error', 'warn'],
};
const app = await createHost(HostModule, settings, options);
if (settings.ownLogger) app.useLogger(new HostLogger());
if (settings.prefix) app.setGlobalPrefix(settings.prefix);
app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
app.useGlobalGuards(new HostGuard());
app.useGlobalFilters(new HostFilter());
app.useGlobalInterceptors(...(settings.interceptors ?? []).map((name) => INTERCEPTORS[name]()));
app.useGlobalPipes(
  ...(settings.trimming ? [new TrimPipe()] : []),
  new ValidationPipe({
    whitelist: true,
    transform: true,
    transformOptions: { enableImplicitConversion: true },
    ...(settings.forbidding ? { forbidNonWhitelisted: true, validateCustomDecorators: true } : {}),
  }),
);
const events: AccountEvent[] = [];
let completed = false;
app.get(WhatsappAccounts, { strict: false }).events.subscribe({
  next: (event) => events.push(event),
  complete: () => {
    completed = true;
  },
});

async function answer(
  question: HostQuestion,
): Promise<HostReport | Happened | TenantReport | readonly MeasuredCall[]> {
  if (question === 'durations') return measuring.durations;
  if (question === 'report') return { traces: traces(), environmentRead: [...environmentRead] };
  const [, what, name] = /^(revoke|tenant) (.+)$/.exec(question) ?? [];
  if (name !== undefined) {
    const tenants = app.get(Tenants, { strict: false });
    if (what === 'revoke') tenants.revoke(name);
    const listeners = getEventListeners(tenants.signalOf(name), 'abort').length;
    return { begun: tenants.begun.filter((call) => call.startsWith(`${name} `)), listeners };
  }
  if (question === 'close') await app.close();
  return { events, completed };
}

// As in the service. With Node's 5 s, a client could send a call over a connection that the host is closing.
(app.getHttpServer() as Server).keepAliveTimeout = 65_000;
await app.listen(0, '127.0.0.1');
process.send?.({ url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
