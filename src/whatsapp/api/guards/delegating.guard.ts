import {
  CanActivate,
  ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  OnModuleInit,
  Scope,
  Type,
} from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { HttpRequest } from '../http/http-exchange.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { HostGuard, WhatsappOptions } from '../../whatsapp-options.js';

type FindGuard = (request: HttpRequest) => CanActivate | Promise<CanActivate>;

/** The guards that the host has given, in their order, as if they stood at the controller. */
@Injectable()
export class DelegatingGuard implements CanActivate, OnModuleInit {
  private guards: readonly FindGuard[] = [];

  constructor(
    @Inject(WHATSAPP_OPTIONS) private readonly options: WhatsappOptions,
    private readonly modules: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    const guards = this.options.guards ?? [];
    this.guards = await Promise.all(guards.map(async (guard) => this.finderOf(guard)));
  }

  /** @throws ForbiddenException where a guard says no and does not say why; whatever a guard throws */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    for (const find of this.guards) {
      const guard = await find(request);
      const answer = await guard.canActivate(context);
      const allowed = isObservable(answer) ? await lastValueFrom(answer) : answer;
      if (!allowed) throw new ForbiddenException();
    }
    return true;
  }

  /** One that the application provides, or else one of our own, made with what every module of it may ask for. */
  private async finderOf(guard: HostGuard): Promise<FindGuard> {
    if (typeof guard !== 'function') return () => guard;
    const scope = this.scopeOf(guard);
    if (scope === null) {
      const made = await this.modules.create(guard);
      return () => made;
    }
    if (scope === Scope.DEFAULT) {
      const provided = this.modules.get(guard, { strict: false });
      return () => provided;
    }
    return (request) => {
      const contextId = ContextIdFactory.getByRequest(request);
      this.modules.registerRequestByContextId(request, contextId);
      return this.modules.resolve(guard, contextId, { strict: false });
    };
  }

  /** null: the application does not provide it. */
  private scopeOf(guard: Type<CanActivate>): Scope | null {
    try {
      return this.modules.introspect(guard).scope;
    } catch {
      return null;
    }
  }
}
