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
import type { Request, Response } from 'express';
import { Observable, of } from 'rxjs';
import { DomainError, requiredScope, phoneNumber, setCaller } from '../../../src/index.js';
import type { AccountId, Caller, HostGuard, Scope as Allowed } from '../../../src/index.js';

/* An application's own idea of who may call the module's routes. */

/** A customer of the application. */
export interface Tenant {
  readonly scopes: readonly Allowed[];
  /** What the ids of its accounts begin with. */
  readonly prefix?: string;
  readonly seesCodes?: boolean;
  readonly onlyPhone?: string;
  readonly isProven?: boolean;
  /** Refuses everything at the last moment. */
  readonly refusing?: boolean;
}

/** Whom the application knows; each is let in under its name, and shown out at any time. */
@Injectable()
export class Tenants {
  private readonly known = new Map<string, { tenant: Tenant; leaving: AbortController }>();
  /** What they were about to do. */
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
    const { prefix = '', seesCodes = true, onlyPhone = null, isProven = false } = tenant;
    return {
      canAccess: (accountId) => accountId.startsWith(prefix),
      canSeeCodes: seesCodes,
      onlyPhone: onlyPhone === null ? null : phoneNumber(onlyPhone),
      authenticated: isProven,
      onMutation: (accountId) => this.begins(name, accountId),
      revoked: leaving.signal,
    };
  }

  signalOf(name: string): AbortSignal {
    return this.get(name).leaving.signal;
  }

  showOut(name: string): void {
    this.get(name).leaving.abort(new DomainError('key_revoked', 'unauthenticated', 'This tenant has left.'));
  }

  private async begins(name: string, accountId: AccountId): Promise<void> {
    await Promise.resolve();
    this.begun.push(`${name} ${accountId}`);
    const { refusing } = this.get(name).tenant;
    if (refusing) throw new DomainError('busy', 'too_many', 'Not now.');
  }

  private get(name: string): { tenant: Tenant; leaving: AbortController } {
    const known = this.known.get(name);
    if (!known) throw new Error(`nobody is called ${name}`);
    return known;
  }
}

/** Says on the response that it was asked, and answers as the request wants it: `x-verdict: made promise`. */
function verdictOf(
  name: string,
  context: ExecutionContext,
): boolean | Promise<boolean> | Observable<boolean> {
  const http = context.switchToHttp();
  http.getResponse<Response>().append('x-guards', name);
  const [, form] = new RegExp(`${name} (\\S+)`).exec(http.getRequest<Request>().get('x-verdict') ?? '') ?? [];
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

/** Narrows to what is the tenant's. Whoever does not say who they are is the application itself. */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(private readonly tenants: Tenants) {}

  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    const request = context.switchToHttp().getRequest<Request>();
    const name = request.get('x-tenant');
    if (name === undefined) return verdictOf('provided', context);
    const scopes = this.tenants.scopesOf(name);
    if (!scopes) throw new UnauthorizedException();
    setCaller(request, this.tenants.callerNamed(name));
    const needed = requiredScope(context);
    return needed !== undefined && scopes.includes(needed);
  }
}

/** Nobody provides it. */
@Injectable()
export class MadeGuard implements CanActivate {
  constructor(private readonly tenants: Tenants) {}

  canActivate(context: ExecutionContext): ReturnType<typeof verdictOf> {
    return this.tenants instanceof Tenants && verdictOf('made', context);
  }
}

/** One for each request. */
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
