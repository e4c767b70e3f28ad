import 'reflect-metadata';
// These leave traces of their own, which are not the product's (the logger of Baileys flushes at `exit`).
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
import { processTraces, watchEnvironment } from '../processes/process-traces.js';

/*
 * Another application that imports the module, as a child process of the tests. It is told by its argument what to be
 * like, and knows the product by what the package exports.
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
  /** A logger of the host's, in place of Nest's. */
  readonly ownLogger?: boolean;
  readonly interceptors?: readonly (keyof typeof INTERCEPTORS)[];
  /** It has guards for the module's routes, and these customers. */
  readonly tenants?: Readonly<Record<string, Tenant>>;
  /** Origins of other sites whose pages may call. */
  readonly allowedOrigins?: readonly string[];
  /** The maximum number of readers of events. */
  readonly eventReaders?: number;
}

export interface HostReport {
  /** What stands process-wide that did not before the package was imported. */
  readonly traces: readonly string[];
  readonly environmentRead: readonly string[];
}

export type HostQuestion =
  'report' | 'happened' | 'durations' | 'close' | `show out ${string}` | `tenant ${string}`;

export interface TenantReport {
  /** What it was about to do: its name, and the account. */
  readonly begun: readonly string[];
  /** Who waits for the signal that it has left. */
  readonly listeners: number;
}

/** What the accounts have told the host so far. */
export interface Happened {
  readonly events: readonly AccountEvent[];
  /** There will be no more. */
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

/** The host's own configuration, to be injected. */
class Settings {
  readonly given = settings;
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

// After the package: it imports it, too.
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
  const [, what, name] = /^(show out|tenant) (.+)$/.exec(question) ?? [];
  if (name !== undefined) {
    const tenants = app.get(Tenants, { strict: false });
    if (what === 'show out') tenants.showOut(name);
    const listeners = getEventListeners(tenants.signalOf(name), 'abort').length;
    return { begun: tenants.begun.filter((call) => call.startsWith(`${name} `)), listeners };
  }
  if (question === 'close') await app.close();
  return { events, completed };
}

// As long as the service does: with Node's 5 s, a call could be sent into a connection that is just being closed.
(app.getHttpServer() as Server).keepAliveTimeout = 65_000;
await app.listen(0, '127.0.0.1');
process.send?.({ url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
