import type { INestApplication, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RequestHandler } from 'express';

export interface AdapterSettings {
  /** The HTTP adapter of the host. Default: Express. */
  readonly adapter?: 'express' | 'fastify';
  /** A body parser in place of Nest's: it reads bytes or text, or leaves `{}` for a body that it did not read. */
  readonly ownParser?: 'raw' | 'text' | 'leaving';
  /** The setting of Express of the same name. */
  readonly jsonSpaces?: number;
}

/** A header that the host sets through its adapter before every route. */
export const HOST_HEADER = ['x-host', 'yes'] as const;

/** Creates a host on Express or Fastify, with its own body parser and a header on every response. */
export function createHost(
  module: Type,
  settings: AdapterSettings,
  options: NestApplicationOptions,
): Promise<INestApplication> {
  return settings.adapter === 'fastify'
    ? onFastify(module, settings, options)
    : onExpress(module, settings, options);
}

async function onExpress(
  module: Type,
  { ownParser, jsonSpaces = 0 }: AdapterSettings,
  options: NestApplicationOptions,
): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, options);
  const leaving: RequestHandler = (request, _response, next) => {
    request.body = {};
    next();
  };
  const setHeader: RequestHandler = (_request, response, next) => {
    response.setHeader(...HOST_HEADER);
    next();
  };
  app.use(setHeader);
  if (ownParser === 'leaving') app.use(leaving);
  else if (ownParser) app.useBodyParser(ownParser, { type: () => true });
  app.set('json spaces', jsonSpaces);
  app.set('query parser', 'extended');
  return app;
}

async function onFastify(
  module: Type,
  { ownParser }: AdapterSettings,
  options: NestApplicationOptions,
): Promise<INestApplication> {
  // Only hosts on Fastify load it.
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  // The parser of Fastify accepts `__proto__`, so that the module has to refuse it.
  const adapter = new FastifyAdapter({ onProtoPoisoning: 'ignore' });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.header(...HOST_HEADER);
    done();
  });
  if (!ownParser) return app;
  fastify.removeAllContentTypeParsers();
  if (ownParser === 'leaving') {
    fastify.addContentTypeParser('*', (_request, _payload, done) => {
      done(null, {});
    });
  } else {
    const parseAs = ownParser === 'raw' ? 'buffer' : 'string';
    fastify.addContentTypeParser('*', { parseAs }, (_request, body, done) => {
      done(null, body);
    });
  }
  return app;
}
