import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { Logger, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { defer, firstValueFrom, throwError, timeout } from 'rxjs';
import { DomainError } from '../../domain/errors.js';
import { onOutcome, type CallOutcome } from './call-outcome.js';
import { CallInterceptor } from './call.interceptor.js';
import type { HttpRequest } from './http-exchange.js';

const interceptor = new CallInterceptor();

function contextOf(request: object): ExecutionContext {
  return { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
}

/** A call whose handler finishes when `settle` is called. */
function heldCall() {
  const request = { headers: {} } as HttpRequest;
  const outcomes: CallOutcome[] = [];
  onOutcome(request, (outcome) => outcomes.push(outcome));
  let settle: () => void = () => undefined;
  const held = new Promise<string>(
    (resolve) =>
      (settle = () => {
        resolve('done');
      }),
  );
  const next: CallHandler = { handle: () => defer(() => held) };
  return { request, outcomes, settle, result: interceptor.intercept(contextOf(request), next) };
}

describe('CallInterceptor', () => {
  it("the interceptor returns the handler's value and reports ok", async () => {
    const { outcomes, settle, result } = heldCall();
    settle();
    expect([await firstValueFrom(result), outcomes]).toEqual(['done', ['ok']]);
  });

  it("the interceptor reports the handler's own result after a time limit of the host ended the call", async () => {
    const { outcomes, settle, result } = heldCall();
    await expect(firstValueFrom(result.pipe(timeout(1)))).rejects.toThrow('Timeout');
    expect(outcomes).toEqual([]);
    settle();
    await setImmediate();
    expect(outcomes).toEqual(['ok']);
  });

  it('a listener of the outcome that throws does not change the answer', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { request, settle, result } = heldCall();
    onOutcome(request, () => {
      throw new Error('a fault of the listener');
    });
    settle();
    expect(await firstValueFrom(result)).toBe('done');
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });

  it('the interceptor turns an unexpected error into internal_error with its cause', async () => {
    const cause = new Error('a fault');
    const next: CallHandler = { handle: () => throwError(() => cause) };
    const result = firstValueFrom(interceptor.intercept(contextOf({ headers: {} }), next));
    await expect(result).rejects.toMatchObject({ code: 'internal_error', cause });
  });

  it('the interceptor passes a DomainError unchanged', async () => {
    const error = new DomainError('busy', 'too_many', 'Sixteen calls wait.');
    const next: CallHandler = { handle: () => throwError(() => error) };
    await expect(firstValueFrom(interceptor.intercept(contextOf({ headers: {} }), next))).rejects.toBe(error);
  });
});
