import { Reflector } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import type { Scope } from '../domain/scope.js';

/** What a caller must be allowed to call this route. A guard asks for it with `neededScope`. */
export const Needs = Reflector.createDecorator<Scope>();

const reflector = new Reflector();

/**
 * For guards: what the route that is being called needs. Every route of this module says so; one that says nothing is not
 * of this module.
 */
export function neededScope(context: ExecutionContext): Scope | undefined {
  return reflector.get(Needs, context.getHandler());
}
