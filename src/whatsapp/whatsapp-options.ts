import type { CanActivate, ConfigurableModuleAsyncOptions, DynamicModule, Type } from '@nestjs/common';
import type { EventLimits } from '../sse/event-limits.js';
import type { SessionTimings } from './domain/session/session-timings.js';
import type { WebVersion } from './domain/web-version.js';

/** A guard of the host application: a class that it provides or that can be made, or an instance. */
export type HostGuard = Type<CanActivate> | CanActivate;

/** Settings of the module itself; those of WhatsApp and of the store belong to their adapters. */
export interface WhatsappOptions {
  /**
   * The version of WhatsApp Web to announce, whatever else is known. Default: the newest of the one that this release
   * pins, the last one that served, and the one that WhatsApp serves.
   */
  readonly webVersion?: WebVersion | undefined;
  /**
   * Whether to ask WhatsApp's web server (the host of the gateway's server, `/sw.js`) for its newest version: soon after
   * the start, every 6 h, and when a login is refused as outdated. Default true; `false` for closed networks.
   */
  readonly versionRefresh?: boolean | undefined;
  /**
   * Host names, beside loopback, under which the API may be called (`api.example.com`, without port). A request whose
   * `Host` is none of them is refused as `cross_site` (DNS rebinding). Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Origins of other sites (`https://office.example.com`) whose pages may call the API. The answers to preflights and the
   * headers of CORS are the application's. Default: none.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Who may call the module's routes is the application's business: its guards, asked in this order, before a request is
   * looked at. They learn from `requiredScope(context)` what a route needs, and narrow with `setCaller(request, …)` what the
   * caller may use. Default: none, everybody who reaches the application may do everything.
   */
  readonly guards?: readonly HostGuard[];
  /** What the reconnects of all accounts together may cost, so that a thousand that drop at once do not storm WhatsApp. */
  readonly reconnects?: {
    /** Logins under way at the same time. Default 20. */
    readonly simultaneous?: number;
    /** Logins begun in a second, evenly spaced. Default 150. */
    readonly perSecond?: number;
  };
  /** Whether the log tells the linked number in full (`phone`), and not by its last two digits, `…78`. Default false. */
  readonly logPhoneNumbers?: boolean | undefined;
  /** Internal: shorter durations for tests. Milliseconds. */
  readonly timings?: Partial<SessionTimings>;
  /** Internal: smaller limits for tests. */
  readonly events?: Partial<EventLimits> | undefined;
}

/** Settings of the module's place in the application. */
export interface WhatsappModuleExtras {
  /** Modules that provide the ports: a store, a gateway, local adapters. */
  readonly adapters: readonly DynamicModule[];
  /** Whether other modules get the services without importing this one. Default false. */
  readonly isGlobal?: boolean;
}

export type WhatsappModuleOptions = WhatsappOptions & WhatsappModuleExtras;

/** The options from `useFactory`, or from `create()` of the class of `useClass` or `useExisting`. */
export type WhatsappModuleAsyncOptions = ConfigurableModuleAsyncOptions<WhatsappOptions> &
  WhatsappModuleExtras;

/** Injection token of the module's resolved options. */
export const WHATSAPP_OPTIONS = Symbol('WHATSAPP_OPTIONS');
