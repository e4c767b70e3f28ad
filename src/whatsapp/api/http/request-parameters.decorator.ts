import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import type { AccountId } from '../../domain/account-id.js';
import { assertCanAccess, beginMutation, callerOf, type Caller } from './caller.js';
import { asDomainError } from './domain-exception.filter.js';
import type { HttpRequest } from './http-exchange.js';
import { assertNoInput, readBody, readQuery } from './request-input.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

/**
 * The type of a parameter of the decorators below. It is an alias, so that the emitted type of the parameter is
 * `Object`: a global `ValidationPipe` of the host application skips such a value. With the DTO as the type, that pipe
 * would remove unknown fields and convert values before the module's own pipe checks them.
 */
export type Valid<T> = T;

/**
 * Returns the request. A function, so that a global pipe of the host application can neither change nor copy the input.
 */
export type RequestHandle = () => HttpRequest;

/** A parameter that the given pipe creates from the whole request. */
export const FromRequest = createParamDecorator((_: unknown, context: ExecutionContext): RequestHandle => {
  const request = context.switchToHttp().getRequest<HttpRequest>();
  return () => request;
});

interface AboutAccount {
  readonly accountId: AccountId;
}

/**
 * Checks the permissions of the caller beyond access to the account.
 * @throws DomainError when the input is not permitted
 */
type AssertPermitted<T> = (input: T, caller: Caller) => void;

class BodyPipe<T extends AboutAccount> implements PipeTransform<RequestHandle, Promise<T>> {
  private readonly validation: StrictValidationPipe<T>;

  constructor(
    type: Type<T>,
    private readonly assertPermitted: AssertPermitted<T>,
  ) {
    this.validation = new StrictValidationPipe(type);
  }

  async transform(handle: RequestHandle): Promise<T> {
    const request = handle();
    const body = await this.validation.transform(await readBody(request));
    assertCanAccess(request, body.accountId);
    this.assertPermitted(body, callerOf(request));
    await beginMutation(request, body.accountId);
    return body;
  }
}

class QueryPipe<T extends object> implements PipeTransform<RequestHandle, Promise<T>> {
  private readonly validation: StrictValidationPipe<T>;

  constructor(type: Type<T>) {
    this.validation = new StrictValidationPipe(type);
  }

  async transform(handle: RequestHandle): Promise<T> {
    const request = handle();
    try {
      const query: T & Partial<AboutAccount> = await this.validation.transform(await readQuery(request));
      if (query.accountId !== undefined) assertCanAccess(request, query.accountId);
      return query;
    } catch (error) {
      throw asDomainError(error);
    }
  }
}

class NoInputPipe implements PipeTransform<RequestHandle, Promise<void>> {
  async transform(handle: RequestHandle): Promise<void> {
    await assertNoInput(handle());
  }
}

/**
 * The JSON body of a request that changes an account. Before the handler runs, the pipe validates the body strictly,
 * checks the caller's permissions, and calls `Caller.onMutation`, in this order.
 * @param type the DTO; its own properties are the only accepted fields
 * @param assertPermitted checks the permissions of the caller beyond access to the account
 */
export function StrictBody<T extends AboutAccount>(
  type: Type<T>,
  assertPermitted: AssertPermitted<T> = () => undefined,
): ParameterDecorator {
  return FromRequest(new BodyPipe(type, assertPermitted));
}

/**
 * The query of a request that changes nothing. The pipe validates it strictly and checks access to the account that it
 * names. When a query names no account, the route reads several, and its handler filters them by the caller's access.
 */
export function StrictQuery<T extends object>(type: Type<T>): ParameterDecorator {
  return FromRequest(new QueryPipe(type));
}

/** Refuses a request that has a query or a body; the parameter is undefined. */
export function NoInput(): ParameterDecorator {
  return FromRequest(new NoInputPipe());
}
