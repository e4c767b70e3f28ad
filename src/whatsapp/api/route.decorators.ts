import { applyDecorators, Header, HttpCode, UseInterceptors } from '@nestjs/common';
import type { Scope } from '../domain/scope.js';
import { RequireScope } from './guards/require-scope.decorator.js';
import { CallInterceptor } from './http/call.interceptor.js';
import { asDomainError } from './http/domain-exception.filter.js';

type Handler = (...args: unknown[]) => unknown;

/**
 * Turns every error of the handler into a DomainError, as CallInterceptor does for the routes that wait or change
 * something. An interceptor costs about 15 % of the processor time of `GET /status`.
 */
export const ThrowsDomainErrors = (): MethodDecorator => (_target, _name, descriptor) => {
  const handler = descriptor.value as Handler;
  async function answer(this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return await handler.apply(this, args);
    } catch (error) {
      throw asDomainError(error);
    }
  }
  // Other decorators may have described the handler already.
  for (const key of Reflect.getMetadataKeys(handler) as readonly unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), answer);
  }
  Object.assign(descriptor, { value: Object.defineProperty(answer, 'name', { value: handler.name }) });
};

/** A route that reads something and answers at once. No cache may store its answer. */
export const ReadRoute = (scope: Scope): MethodDecorator =>
  applyDecorators(ThrowsDomainErrors(), RequireScope(scope), Header('Cache-Control', 'no-store'));

/** A route that changes something: a call with an outcome and a signal, which answers with status 200. */
export const ChangeRoute = (scope: Scope): MethodDecorator =>
  applyDecorators(
    UseInterceptors(CallInterceptor),
    RequireScope(scope),
    HttpCode(200),
    Header('Cache-Control', 'no-store'),
  );
