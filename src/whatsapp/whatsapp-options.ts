import type { CanActivate, ConfigurableModuleAsyncOptions, DynamicModule, Type } from '@nestjs/common';
import type { EventLimits } from '../sse/event-limits.js';
import type { SessionTimings } from './domain/session/session-timings.js';
import type { WebVersion } from './domain/web-version.js';

/**
 * A guard of the host application: an instance, or a class that the host provides or that the module can instantiate.
 */
export type HostGuard = Type<CanActivate> | CanActivate;

/** The options of the module itself. The options of the gateway and the store belong to their adapters. */
export interface WhatsappOptions {
  /**
   * The fixed version of WhatsApp Web to send at login. Default: the newest of three: the version of this release, the
   * last version that reached an open connection, and the version that WhatsApp's web server serves.
   */
  readonly webVersion?: WebVersion | undefined;
  /**
   * Whether to fetch the newest version from WhatsApp's web server (the host of the gateway's server, `/sw.js`): soon
   * after the start, every 6 h, and when WhatsApp refuses a login as outdated. Default true; `false` for closed
   * networks.
   */
  readonly versionRefresh?: boolean | undefined;
  /**
   * Host names under which clients may call the API, besides loopback (`api.example.com`, without port). A request with
   * any other `Host` is refused as `cross_site`, against DNS rebinding. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Origins of other sites (`https://office.example.com`) whose pages may call the API. The host application sends the
   * CORS headers and answers preflight requests. Default: none.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Guards of the host application for the module's routes. They run in this order, before the request is validated.
   * `requiredScope(context)` returns the scope that a route needs; `setCaller(request, …)` restricts the caller.
   * Default: none, so every client that reaches the application may call every route.
   */
  readonly guards?: readonly HostGuard[];
  /**
   * Limits for the reconnects of all accounts together, so that many accounts that drop at once do not flood WhatsApp.
   */
  readonly reconnects?: {
    /** The maximum number of simultaneous logins. Default 20. */
    readonly simultaneous?: number;
    /** The maximum number of logins started per second, evenly spaced. Default 150. */
    readonly perSecond?: number;
  };
  /**
   * Whether log lines show the linked number in full (`phone`), not only its last two digits (`…78`). Default false.
   */
  readonly logPhoneNumbers?: boolean | undefined;
  /** Internal: shorter durations for tests, in milliseconds. */
  readonly timings?: Partial<SessionTimings>;
  /** Internal: smaller limits for tests. */
  readonly events?: Partial<EventLimits> | undefined;
}

/** Options of the import of the module. Its services do not see them. */
export interface WhatsappModuleExtras {
  /** The modules that provide the ports: a store, a gateway, local adapters. */
  readonly adapters: readonly DynamicModule[];
  /** Whether other modules get the services without importing this one. Default false. */
  readonly isGlobal?: boolean;
}

export type WhatsappModuleOptions = WhatsappOptions & WhatsappModuleExtras;

/** Module options whose settings come from `useFactory`, or from `create()` of the class in `useClass` or `useExisting`. */
export type WhatsappModuleAsyncOptions = ConfigurableModuleAsyncOptions<WhatsappOptions> &
  WhatsappModuleExtras;

/** Injection token of the module's resolved options. */
export const WHATSAPP_OPTIONS = Symbol('WHATSAPP_OPTIONS');
