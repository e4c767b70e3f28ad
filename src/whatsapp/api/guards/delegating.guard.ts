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

/** Runs the guards of the host application (`guards` option), in their order, as if they were set on the controller. */
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

  /**
   * Answers at once when every guard does: each promise takes time in every request.
   * @throws ForbiddenException when a guard returns false; an error that a guard throws passes unchanged
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    let allowed: boolean | Promise<boolean> = true;
    for (const find of this.guards) {
      allowed = andThen(allowed, () =>
        andThen(find(request), (guard) => {
          const answer = guard.canActivate(context);
          return andThen(isObservable(answer) ? lastValueFrom(answer) : answer, assertAllowed);
        }),
      );
    }
    return allowed;
  }

  /** Returns how to get the guard: from the application when it provides the class, otherwise a new instance of it. */
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

  /** Returns the injection scope of the guard; null: the application does not provide it. */
  private scopeOf(guard: Type<CanActivate>): Scope | null {
    try {
      return this.modules.introspect(guard).scope;
    } catch {
      return null;
    }
  }
}

function assertAllowed(allowed: boolean): true {
  if (!allowed) throw new ForbiddenException();
  return true;
}

/** Continues with a value at once, and with the value of a promise when it is there. */
function andThen<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
