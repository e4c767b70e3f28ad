import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents the answer of a route with status `200`. */
export function ApiAnswer(type: Type, description: string): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(type),
    ApiOkResponse({
      description,
      content: { 'application/json': { schema: { $ref: getSchemaPath(type) } } },
    }),
  );
}
