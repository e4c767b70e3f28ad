import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { ExecutionContext } from '@nestjs/common';
import type { Scope } from '../../domain/scope.js';

const NeededScope = Reflector.createDecorator<Scope>();

/**
 * The scope that a caller needs for this route. Guards read it with `requiredScope`; the OpenAPI document has it as
 * `x-scope`.
 */
export const RequireScope = (scope: Scope): MethodDecorator =>
  applyDecorators(NeededScope(scope), ApiExtension('x-scope', scope));

const reflector = new Reflector();

/**
 * Returns the scope that the called route needs; guards call it. Every route of this module has one; undefined means
 * that the route belongs to another module.
 */
export function requiredScope(context: ExecutionContext): Scope | undefined {
  return reflector.get(NeededScope, context.getHandler());
}
