import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { LiveResponse, ReadyResponse, StoreHealth, WhatsappHealth } from './health.responses.dto.js';
import { NOT_READY } from './health.errors.js';

const STORE = { status: 'up', responseTime: 1 };
const EVENT_LOOP = { eventLoop: { status: 'up', responseTime: 0 } };
const WHATSAPP = { status: 'up', linked: 12, connected: 11, reconnecting: 1, pairing: 1, failed: 0 };
const STORE_DOWN = {
  status: 'down',
  responseTime: 3,
  message: 'The service could not read or write its store; nothing was changed.',
};

function healthy(details: object): { readonly summary: string; readonly value: object } {
  return { summary: 'Everything is up', value: { status: 'ok', info: details, error: {}, details } };
}

function notReady(
  code: keyof typeof NOT_READY,
  summary: string,
  details: object,
): { summary: string; value: object } {
  const error = { ok: false, statusCode: 503, error: 'Service Unavailable', code, message: NOT_READY[code] };
  return { summary, value: { ...error, details } };
}

/* The OpenAPI documentation of the health routes. */

export const ApiHealth = (): ClassDecorator => applyDecorators(ApiTags('Operations'));

export const ApiLive = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(LiveResponse),
    ApiOperation({
      operationId: 'live',
      summary: 'Is the service alive?',
      description:
        'The answer proves that the event loop turns. Restart a process that does not answer. The store and WhatsApp are not checked, because a restart would not repair them.',
    }),
    ApiOkResponse({
      description: 'The service is alive.',
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(LiveResponse) },
          examples: { alive: healthy(EVENT_LOOP) },
        },
      },
    }),
  );

export const ApiReady = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(ReadyResponse, StoreHealth, WhatsappHealth),
    ApiOperation({
      operationId: 'ready',
      summary: 'Is the service ready?',
      description:
        'The service is ready when its store works and no shutdown has begun. Each call reads the store, and every 5 s one also writes; both must succeed within 2 s. WhatsApp does not affect readiness: `details.whatsapp` counts the accounts.',
    }),
    ApiOkResponse({
      description: 'The service is ready.',
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(ReadyResponse) },
          examples: { ready: healthy({ store: STORE, whatsapp: WHATSAPP }) },
        },
      },
    }),
    ApiResponse({
      status: 503,
      description:
        '`not_ready`: the store does not answer or cannot be written.\n\n`shutting_down`: a shutdown has begun.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['ok', 'statusCode', 'error', 'code', 'message', 'details'],
            properties: {
              ok: { type: 'boolean', enum: [false] },
              statusCode: { type: 'integer', enum: [503] },
              error: { type: 'string', enum: ['Service Unavailable'] },
              code: { type: 'string', enum: Object.keys(NOT_READY), description: 'Stable.' },
              message: { type: 'string', description: 'One sentence for people.' },
              details: {
                type: 'object',
                description: 'The results of the checks; empty during a shutdown.',
                properties: {
                  store: { $ref: getSchemaPath(StoreHealth) },
                  whatsapp: { $ref: getSchemaPath(WhatsappHealth) },
                },
              },
            },
          },
          examples: {
            not_ready: notReady('not_ready', 'The disk is full', { store: STORE_DOWN, whatsapp: WHATSAPP }),
            shutting_down: notReady('shutting_down', 'A shutdown has begun', {}),
          },
        },
      },
    }),
  );
