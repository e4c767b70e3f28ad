import type { DynamicModule } from '@nestjs/common';
import type { SessionTimings } from './domain/session-timings.js';

/** Settings of the module itself; those of WhatsApp and of the store belong to their adapters. */
export interface WhatsappOptions {
  /**
   * Host names, beside loopback, under which the API may be called (`api.example.com`, without port). A request whose
   * `Host` is none of them is refused as `cross_site` (DNS rebinding). Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** Internal: shorter durations for tests. Milliseconds. */
  readonly timings?: Partial<SessionTimings>;
}

export interface WhatsappModuleOptions extends WhatsappOptions {
  /** Modules that provide the ports: a store, a gateway, local adapters. */
  readonly adapters: readonly DynamicModule[];
}

export interface WhatsappModuleAsyncOptions {
  readonly adapters: readonly DynamicModule[];
  readonly imports?: DynamicModule['imports'];
  readonly inject?: readonly (string | symbol | (abstract new (...args: never[]) => unknown))[];
  readonly useFactory: (...args: never[]) => WhatsappOptions | Promise<WhatsappOptions>;
}

/** Injection token of the module's resolved options. */
export const WHATSAPP_OPTIONS = Symbol('WHATSAPP_OPTIONS');
