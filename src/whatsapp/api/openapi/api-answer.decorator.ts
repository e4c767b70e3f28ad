import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

/** Documents the answer of a route with status `200`. */
export function ApiAnswer(type: Type, description: string, examples: Examples): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(type),
    ApiOkResponse({
      description,
      content: { 'application/json': { schema: { $ref: getSchemaPath(type) }, examples: { ...examples } } },
    }),
  );
}
