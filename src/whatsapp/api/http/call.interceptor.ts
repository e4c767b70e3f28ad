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

/** One call of a handler, from its first pipe until its promise has settled. */
class Call {
  private readonly abort = new AbortController();
  private stopListening: (() => void) | null = null;

  constructor(private readonly request: HttpRequest) {}

  /** Aborts when nothing may be told to the caller any more; the reason is a DomainError. */
  get signal(): AbortSignal {
    this.stopListening ??= onRevoked(this.request, (reason) => {
      this.abort.abort(reason);
    });
    return this.abort.signal;
  }

  /** The application ended the call before its handler was done, as a time limit does. */
  cut(): void {
    this.abort.abort(
      new RequestError('request_timeout', 'The application ended this request before it was answered.'),
    );
  }

  end(): void {
    this.stopListening?.();
  }
}

/**
 * The innermost interceptor of the module's routes. Its result is that of the handler's own promise: an interceptor of the
 * host that stops waiting does not change it, but aborts the call's signal. Every error that is not a DomainError becomes
 * `internal_error`, so that exceptions of the host's own code keep reaching the host's filters as they are.
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
        call.cut();
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
 * The signal that ends a wait of the handler: when the caller's permission was revoked, or when the application ended the
 * call (an interceptor with a time limit). Its reason is a DomainError.
 */
export const CallSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const { [CALL]: call } = rawRequest(context.switchToHttp().getRequest<HttpRequest>()) as unknown as {
    readonly [CALL]: Call;
  };
  return call.signal;
});
