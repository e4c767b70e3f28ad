import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { SetMetadata } from '@nestjs/common';
import { DomainError } from '../domain/errors.js';
import { ThrowsDomainErrors } from './route.decorators.js';

const CAUSE = new Error('a fault');
const BUSY = new DomainError('busy', 'too_many', 'Sixteen calls wait.');

class Routes {
  private readonly name = 'sales';

  @SetMetadata('above', 1)
  @ThrowsDomainErrors()
  @SetMetadata('below', 2)
  answer(greeting: string): Promise<string> {
    return Promise.resolve(`${greeting} ${this.name}`);
  }

  @ThrowsDomainErrors()
  fail(): never {
    throw CAUSE;
  }

  @ThrowsDomainErrors()
  reject(): Promise<never> {
    return Promise.reject(CAUSE);
  }

  @ThrowsDomainErrors()
  refuse(): never {
    throw BUSY;
  }
}

const routes = new Routes();

describe('ThrowsDomainErrors', () => {
  it('a decorated handler returns its answer', async () => {
    expect(await routes.answer('hello')).toBe('hello sales');
  });

  it('a decorated handler keeps its name and all its metadata', () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Nest reads the metadata of the function
    const handler = routes.answer;
    const metadata = ['above', 'below'].map((key) => Reflect.getMetadata(key, handler) as unknown);
    expect([handler.name, metadata]).toEqual(['answer', [1, 2]]);
  });

  it.each(['fail', 'reject'] as const)(
    'an unexpected error of a handler becomes internal_error: %s',
    async (name) => {
      await expect(Promise.resolve().then(() => routes[name]())).rejects.toMatchObject({
        code: 'internal_error',
        cause: CAUSE,
      });
    },
  );

  it('a DomainError of a handler stays unchanged', async () => {
    await expect(Promise.resolve().then(() => routes.refuse())).rejects.toBe(BUSY);
  });
});
