import {
  createParamDecorator,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { lastValueFrom, Observable } from 'rxjs';
import { onRevoked } from './caller.js';
import { asDomainError } from './domain-exception.filter.js';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { reportOutcome } from './call-outcome.js';
import { RequestError } from './request.errors.js';

const CALL = Symbol('call');

/** One run of a route handler, from its first pipe until its promise has settled. */
class Call {
  private readonly abort = new AbortController();
  private stopListening: (() => void) | null = null;

  constructor(private readonly request: HttpRequest) {}

  /**
   * Aborts when the caller's permission is revoked or the application ends the request; the reason is a DomainError.
   */
  get signal(): AbortSignal {
    this.stopListening ??= onRevoked(this.request, (reason) => {
      this.abort.abort(reason);
    });
    return this.abort.signal;
  }

  /** The application ended the request before its handler was done, for example with a time limit. */
  cancel(): void {
    this.abort.abort(
      new RequestError(
        'request_timeout',
        'The application ended this request before it was answered. Try again.',
      ),
    );
  }

  end(): void {
    this.stopListening?.();
  }
}

/**
 * The innermost interceptor of the module's routes. It reports the outcome of the handler's own promise. When an
 * interceptor of the host application stops waiting, the outcome does not change, but the signal of the call aborts.
 * Every error of the module that is not a DomainError becomes `internal_error`. Exceptions of the host's own code do
 * not pass through this interceptor and reach the host's filters unchanged.
 */
@Injectable()
export class CallInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const call = new Call(request);
    Object.assign(rawRequest(request), { [CALL]: call });
    const result = this.resultOf(request, next);
    void result
      .catch(() => undefined)
      .finally(() => {
        call.end();
      });
    return new Observable((subscriber) => {
      result.then(
        (value) => {
          subscriber.next(value);
          subscriber.complete();
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
      return () => {
        call.cancel();
      };
    });
  }

  private async resultOf(request: HttpRequest, next: CallHandler): Promise<unknown> {
    try {
      const value: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      reportOutcome(request, 'ok');
      return value;
    } catch (cause) {
      const error = asDomainError(cause);
      reportOutcome(request, error.code);
      throw error;
    }
  }
}

/**
 * Provides the handler with the signal that ends its waits. It aborts when the caller's permission is revoked, or when
 * the application ends the request, for example with a time limit in an interceptor. Its reason is a DomainError.
 */
export const CallSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const { [CALL]: call } = rawRequest(context.switchToHttp().getRequest<HttpRequest>()) as unknown as {
    readonly [CALL]: Call;
  };
  return call.signal;
});
