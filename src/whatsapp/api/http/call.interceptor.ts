import {
  createParamDecorator,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { onRevoked } from './caller.js';
import { asDomainError } from './domain-exception.filter.js';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { reportOutcome } from './call-outcome.js';
import { RequestError } from './request.errors.js';

const CALL = Symbol('call');

/** One run of a route handler, from its first pipe until its promise has settled. Most handlers read no signal. */
class Call {
  private abort: AbortController | null = null;
  private stopListening: (() => void) | null = null;
  private hasEnded = false;

  constructor(private readonly request: HttpRequest) {}

  /**
   * Aborts when the caller's permission is revoked or the application ends the request; the reason is a DomainError.
   */
  get signal(): AbortSignal {
    const abort = (this.abort ??= new AbortController());
    this.stopListening ??= onRevoked(this.request, (reason) => {
      abort.abort(reason);
    });
    return abort.signal;
  }

  /** The application no longer waits for the handler, for example because of a time limit. */
  cancel(): void {
    if (this.hasEnded) return;
    const message = 'The application ended this request before it was answered. Try again.';
    this.abort?.abort(new RequestError('request_timeout', message));
  }

  end(): void {
    this.hasEnded = true;
    this.stopListening?.();
  }
}

/**
 * The innermost interceptor of the routes that change something or wait. It reports the outcome of the handler's own promise. When an
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
    return new Observable((subscriber) => {
      let answer: unknown;
      // This subscription outlives the subscriber, so that the outcome is reported in any case.
      next.handle().subscribe({
        next: (value) => {
          answer = value;
        },
        error: (cause: unknown) => {
          const error = asDomainError(cause);
          call.end();
          reportOutcome(request, error.code);
          subscriber.error(error);
        },
        complete: () => {
          call.end();
          reportOutcome(request, 'ok');
          subscriber.next(answer);
          subscriber.complete();
        },
      });
      return () => {
        call.cancel();
      };
    });
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
