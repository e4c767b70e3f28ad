import {
  CanActivate,
  ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  OnModuleInit,
  Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { from, isObservable, lastValueFrom } from 'rxjs';
import { WHATSAPP_OPTIONS } from '../whatsapp-options.js';
import type { HostGuard, WhatsappOptions } from '../whatsapp-options.js';

/** The guards that the host has given, in their order, as if they stood at the controller. */
@Injectable()
export class HostGuards implements CanActivate, OnModuleInit {
  private guards: readonly CanActivate[] = [];

  constructor(
    @Inject(WHATSAPP_OPTIONS) private readonly options: WhatsappOptions,
    private readonly modules: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    const guards = this.options.guards ?? [];
    this.guards = await Promise.all(guards.map(async (guard) => this.instanceOf(guard)));
  }

  /** @throws ForbiddenException where a guard says no and does not say why */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    for (const guard of this.guards) {
      const verdict = guard.canActivate(context);
      const allowed = await lastValueFrom(isObservable(verdict) ? verdict : from(Promise.resolve(verdict)));
      if (!allowed) throw new ForbiddenException();
    }
    return true;
  }

  /** One that the application provides, or else one of our own, made with what the application provides. */
  private async instanceOf(guard: HostGuard): Promise<CanActivate> {
    if (typeof guard !== 'function') return guard;
    const provided = this.provided(guard);
    return provided ?? (await this.modules.create(guard));
  }

  private provided(guard: Type<CanActivate>): CanActivate | null {
    try {
      return this.modules.get(guard, { strict: false });
    } catch {
      return null;
    }
  }
}
