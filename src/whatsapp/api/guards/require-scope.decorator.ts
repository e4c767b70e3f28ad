import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { ExecutionContext } from '@nestjs/common';
import type { Scope } from '../../domain/scope.js';

const NeededScope = Reflector.createDecorator<Scope>();

/** What a caller must be allowed to call this route. A guard asks for it with `requiredScope`; documents say it as `x-scope`. */
export const RequireScope = (scope: Scope): MethodDecorator =>
  applyDecorators(NeededScope(scope), ApiExtension('x-scope', scope));

const reflector = new Reflector();

/**
 * For guards: what the route that is being called needs. Every route of this module says so; one that says nothing is not
 * of this module.
 */
export function requiredScope(context: ExecutionContext): Scope | undefined {
  return reflector.get(NeededScope, context.getHandler());
}
