import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ACCOUNT_STATES } from '../../domain/account.js';
import { CORE_ERRORS, type ErrorCategory } from '../../domain/errors.js';
import { ERROR_STATUS } from '../http/error-status.js';
import { REQUEST_ERRORS } from '../http/request.errors.js';

/** An error code of a route, and the case in which the route answers with it. */
export type Documented<Code extends string> = readonly [code: Code, when: string];

export type Categories<Code extends string> = Readonly<Record<Code, ErrorCategory>>;

/** Every error code of the module's routes. */
const API_ERRORS = { ...CORE_ERRORS, ...REQUEST_ERRORS };

function schema(status: number, codes: readonly string[]): Record<string, unknown> {
  return {
    type: 'object',
    required: ['ok', 'statusCode', 'error', 'code', 'message'],
    properties: {
      ok: { type: 'boolean', enum: [false] },
      statusCode: { type: 'integer', enum: [status] },
      error: { type: 'string', enum: [STATUS_CODES[status]] },
      code: { type: 'string', enum: codes, description: 'Stable.' },
      message: { type: 'string', description: 'A text for people. It may change.' },
      ...(codes.includes('no_pairing') ? { status: { type: 'string', enum: ACCOUNT_STATES } } : {}),
    },
  };
}

function example(status: number, code: string, when: string): object {
  return {
    summary: when,
    value: { ok: false, statusCode: status, error: STATUS_CODES[status], code, message: when },
  };
}

/** Returns one response per status, with every error code of that status. */
export function errorResponses<Code extends string>(
  categories: Categories<Code>,
  documented: readonly Documented<Code>[],
): (readonly [status: number, response: object])[] {
  const byStatus = new Map<number, Documented<Code>[]>();
  for (const entry of documented) {
    const status = ERROR_STATUS[categories[entry[0]]];
    byStatus.set(status, [...(byStatus.get(status) ?? []), entry]);
  }
  return [...byStatus].map(([status, entries]) => [
    status,
    {
      description: entries.map(([code, when]) => `\`${code}\`: ${when}`).join('\n\n'),
      content: {
        'application/json': {
          schema: schema(
            status,
            entries.map(([code]) => code),
          ),
          examples: Object.fromEntries(entries.map(([code, when]) => [code, example(status, code, when)])),
        },
      },
    },
  ]);
}

/** Documents the error answers of a route. */
export function ApiErrors(...documented: readonly Documented<keyof typeof API_ERRORS>[]): MethodDecorator {
  return errorsDecorator(API_ERRORS, documented);
}

/** Returns a decorator like `ApiErrors`, for routes outside the module, which have further error codes. */
export function errorsDecorator<Code extends string>(
  categories: Categories<Code>,
  documented: readonly Documented<Code>[],
): MethodDecorator {
  return applyDecorators(
    ...errorResponses(categories, documented).map(([status, response]) =>
      ApiResponse({ status, ...response }),
    ),
  );
}
