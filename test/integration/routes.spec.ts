import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { RequestMethod, type ExecutionContext, type Type } from '@nestjs/common';
import { INTERCEPTORS_METADATA, METHOD_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { HealthController } from '../../src/health/health.controller.js';
import { AuditController } from '../../src/security/api/audit.controller.js';
import { PageLinksController } from '../../src/security/api/page-links.controller.js';
import { requiredScope } from '../../src/whatsapp/api/guards/require-scope.decorator.js';
import { CallInterceptor } from '../../src/whatsapp/api/http/call.interceptor.js';
import { WhatsappController } from '../../src/whatsapp/api/whatsapp.controller.js';

/** Nest's metadata of the parameters of a handler. The key begins with the kind of the decorator. */
type Parameters = Readonly<Record<string, { readonly index: number; readonly pipes: readonly unknown[] }>>;

const CONTROLLERS: readonly Type[] = [WhatsappController, PageLinksController, AuditController];
const READING = [RequestMethod.GET, RequestMethod.HEAD];
/** The pipes that permit the caller before a change. */
const MUTATION_PIPES = ['BodyPipe', 'MutatedLinkPipe'];
/** The pipes that read the whole input of a request. */
const INPUT_PIPES = [...MUTATION_PIPES, 'QueryPipe', 'NoInputPipe'];

function nameOf(pipe: unknown): string {
  return typeof pipe === 'function' ? pipe.name : (pipe as object).constructor.name;
}

const routesOf = (controller: Type) => {
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => Reflect.hasMetadata(METHOD_METADATA, prototype[name] as object))
    .map((name) => {
      const handler = prototype[name] as object;
      const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Parameters;
      return {
        name: `${controller.name}.${name}`,
        method: Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod,
        handler,
        kinds: Object.keys(parameters),
        pipes: Object.values(parameters).flatMap(({ pipes }) => pipes.map(nameOf)),
        types: (Reflect.getMetadata('design:paramtypes', prototype, name) ?? []) as readonly unknown[],
      };
    });
};

/** Whether CallInterceptor reports the outcome of the handler and turns its errors into DomainErrors. */
function isCall(handler: object): boolean {
  const interceptors: unknown = Reflect.getMetadata(INTERCEPTORS_METADATA, handler);
  return Array.isArray(interceptors) && interceptors.includes(CallInterceptor);
}

const ROUTES = CONTROLLERS.flatMap(routesOf);
/** Routes without authentication. They read no input. */
const PROBES = routesOf(HealthController);

describe('the routes of the module and of the standalone service', () => {
  it('the routes are found with their metadata', () => {
    expect(ROUTES.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'WhatsappController.pair',
        'PageLinksController.revoke',
        'AuditController.read',
      ]),
    );
  });

  it.each(ROUTES)('$name reads its input through exactly one pipe of the module', ({ pipes, kinds }) => {
    expect(pipes.filter((pipe) => INPUT_PIPES.includes(pipe))).toHaveLength(1);
    // Other parameters may only be request and response of the HTTP adapter: no @Body, @Query, @Param or @Headers.
    const others = kinds.filter((kind) => !kind.includes('__customRouteArgs__'));
    for (const kind of others) expect(['0', '1']).toContain(kind.split(':')[0]);
  });

  it.each(ROUTES.filter(({ method }) => !READING.includes(method)))(
    '$name permits its caller before it changes anything',
    ({ pipes }) => {
      expect(pipes.filter((pipe) => MUTATION_PIPES.includes(pipe))).toHaveLength(1);
    },
  );

  it.each(ROUTES.filter(({ method }) => !READING.includes(method)))(
    '$name reports the outcome of its handler',
    ({ handler }) => {
      expect(isCall(handler)).toBe(true);
    },
  );

  it.each(ROUTES.filter(({ handler }) => !isCall(handler)))(
    '$name turns an unexpected error of its handler into a DomainError',
    async ({ handler }) => {
      // Without `this`, every handler fails.
      const failed = Promise.resolve().then(() => (handler as () => unknown).call(undefined));
      await expect(failed).rejects.toMatchObject({ code: 'internal_error' });
    },
  );

  it.each(ROUTES)('$name emits Object as the type of every parameter', ({ types }) => {
    expect(types.filter((type) => type !== Object)).toEqual([]);
  });

  it.each(ROUTES)('$name names the scope that its caller needs', ({ handler }) => {
    const context = { getHandler: () => handler } as unknown as ExecutionContext;
    expect(requiredScope(context)).toBeDefined();
  });

  it('the probes are found with their metadata', () => {
    expect(PROBES.map(({ name }) => name)).toEqual(['HealthController.live', 'HealthController.ready']);
  });

  it.each(PROBES)('$name reads no input and changes nothing', ({ kinds, method }) => {
    expect(kinds).toEqual([]);
    expect(READING).toContain(method);
  });
});
