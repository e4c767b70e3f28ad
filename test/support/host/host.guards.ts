import type { ServerResponse } from 'node:http';
import {
  CanActivate,
  DynamicModule,
  ExecutionContext,
  Global,
  Inject,
  Injectable,
  Module,
  Scope,
  UnauthorizedException,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Request } from 'express';
import { Observable, of } from 'rxjs';
import { DomainError, requiredScope, phoneNumber, setCaller } from '../../../src/index.js';
import type { AccountId, Caller, HostGuard, Scope as Allowed } from '../../../src/index.js';

/* Guards of a host application, with tenants that may call some of the module's routes. */

/** A customer of the application. */
export interface Tenant {
  readonly scopes: readonly Allowed[];
  /** The prefix of the ids of its accounts. */
  readonly prefix?: string;
  readonly canSeeCodes?: boolean;
  readonly onlyPhone?: string;
  readonly authenticated?: boolean;
  /** `onMutation` refuses every change with `busy`. */
  readonly refusing?: boolean;
}

/** The tenants that the application knows by name. Each can be revoked at any time. */
@Injectable()
export class Tenants {
  private readonly known = new Map<string, { tenant: Tenant; leaving: AbortController }>();
  /** The changes that tenants announced: name and account. */
  readonly begun: string[] = [];

  constructor(@Inject('TENANTS') tenants: Readonly<Record<string, Tenant>>) {
    for (const [name, tenant] of Object.entries(tenants))
      this.known.set(name, { tenant, leaving: new AbortController() });
  }

  scopesOf(name: string): readonly Allowed[] | undefined {
    return this.known.get(name)?.tenant.scopes;
  }

  callerNamed(name: string): Caller {
    const { tenant, leaving } = this.get(name);
    const { prefix = '', canSeeCodes = true, onlyPhone = null, authenticated = false } = tenant;
    return {
      canAccess: (accountId) => accountId.startsWith(prefix),
      canSeeCodes,
      onlyPhone: onlyPhone === null ? null : phoneNumber(onlyPhone),
      authenticated,
      onMutation: (accountId) => this.onMutation(name, accountId),
      revoked: leaving.signal,
    };
  }

  signalOf(name: string): AbortSignal {
    return this.get(name).leaving.signal;
  }

  revoke(name: string): void {
    this.get(name).leaving.abort(new DomainError('key_revoked', 'unauthenticated', 'This tenant has left.'));
  }

  private async onMutation(name: string, accountId: AccountId): Promise<void> {
    await Promise.resolve();
    this.begun.push(`${name} ${accountId}`);
    const { refusing } = this.get(name).tenant;
    if (refusing) throw new DomainError('busy', 'too_many', 'Not now.');
  }

  private get(name: string): { tenant: Tenant; leaving: AbortController } {
    const known = this.known.get(name);
    if (!known) throw new Error(`there is no tenant ${name}`);
    return known;
  }
}

/** Adds a header to the response, and returns what the request demands, for example `x-verdict: made promise`. */
function verdictOf(
  name: string,
  context: ExecutionContext,
): boolean | Promise<boolean> | Observable<boolean> {
  const http = context.switchToHttp();
  const response = http.getResponse<ServerResponse | { readonly raw: ServerResponse }>();
  ('raw' in response ? response.raw : response).appendHeader('x-guards', name);
  const wanted = http.getRequest<Request>().headers['x-verdict'] ?? '';
  const [, form] = new RegExp(`${name} (\\S+)`).exec(String(wanted)) ?? [];
  switch (form) {
    case 'false':
      return false;
    case 'promise':
      return Promise.resolve(false);
    case 'observable':
      return of(true, false);
    case 'throw':
      throw new UnauthorizedException();
    case 'reject':
      return Promise.reject(new UnauthorizedException());
    case undefined:
    default:
      return name === 'made' ? of(true) : Promise.resolve(true);
  }
}

/** Restricts a caller to the accounts and scopes of its tenant. A caller without a tenant is the application itself. */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(private readonly tenants: Tenants) {}

  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    const request = context.switchToHttp().getRequest<Request>();
    const name = request.headers['x-tenant'];
    if (typeof name !== 'string') return verdictOf('provided', context);
    const scopes = this.tenants.scopesOf(name);
    if (!scopes) throw new UnauthorizedException();
    setCaller(request, this.tenants.callerNamed(name));
    const needed = requiredScope(context);
    return needed !== undefined && scopes.includes(needed);
  }
}

/** A guard that no module provides: Nest creates it. */
@Injectable()
export class MadeGuard implements CanActivate {
  constructor(private readonly tenants: Tenants) {}

  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    return this.tenants instanceof Tenants && verdictOf('made', context);
  }
}

/** A guard with request scope. */
@Injectable({ scope: Scope.REQUEST })
export class RequestGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: Request) {}

  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    const isItsOwn = this.request === context.switchToHttp().getRequest<Request>();
    return isItsOwn && verdictOf('scoped', context);
  }
}

class LastGuard implements CanActivate {
  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    return verdictOf('instance', context);
  }
}

export const GUARDS: readonly HostGuard[] = [TenantGuard, MadeGuard, RequestGuard, new LastGuard()];

@Global()
@Module({})
export class TenantsModule {
  static with(tenants: Readonly<Record<string, Tenant>>): DynamicModule {
    return {
      module: TenantsModule,
      providers: [{ provide: 'TENANTS', useValue: tenants }, Tenants, TenantGuard, RequestGuard],
      exports: [Tenants],
    };
  }
}
