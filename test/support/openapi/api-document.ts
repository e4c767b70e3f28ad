import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/* The parts of the OpenAPI document that the tests read, and checks of values against its schemas. */

type Schema = Readonly<Record<string, unknown>>;

export interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

export interface Content {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface Described {
  readonly description: string;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header' | 'path';
  readonly description?: string;
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Described>>;
}

export interface ApiDocument {
  readonly info: { readonly version: string };
  readonly servers: readonly unknown[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export function operationsOf({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

/**
 * Converts OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, references stay inside the schema, and an object may
 * have only the documented fields.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Record<string, unknown>;
  const entries = Object.entries(rest).map(([key, value]) => [
    key,
    key === '$ref'
      ? String(value).replace('#/components/schemas/', '#/$defs/')
      : key === 'enum'
        ? value
        : closed(value),
  ]);
  const result = Object.fromEntries(entries) as Record<string, unknown>;
  if (result['properties']) result['additionalProperties'] = false;
  return nullable ? { anyOf: [result, { type: 'null' }] } : result;
}

/** Checks answers and examples against the schemas of a document. */
export class SchemaCheck {
  private readonly ajv = formats.default(new Ajv({ allErrors: true, strict: false }));

  constructor(private readonly document: ApiDocument) {}

  /**
   * Returns the example that Swagger UI shows for a schema, which it assembles from the examples of the properties. A
   * property without an example, and without a constant or a schema of its own, is undefined.
   */
  exampleOf(schema: Schema): unknown {
    if ('example' in schema) return schema['example'];
    const { $ref, allOf, oneOf, type, items, properties } = schema as {
      readonly $ref?: string;
      readonly allOf?: readonly Schema[];
      readonly oneOf?: readonly Schema[];
      readonly type?: string;
      readonly items?: Schema;
      readonly properties?: Readonly<Record<string, Schema>>;
    };
    const other = allOf?.[0] ?? oneOf?.[0];
    if (other) return this.exampleOf(other);
    if ($ref !== undefined) {
      const name = $ref.replace('#/components/schemas/', '');
      return this.exampleOf(this.document.components.schemas[name] ?? {});
    }
    if (type === 'array' && items) return [this.exampleOf(items)];
    if (properties) {
      const examples = Object.entries(properties).map(([name, of]) => [name, this.exampleOf(of)] as const);
      return Object.fromEntries(examples);
    }
    return (schema['enum'] as readonly unknown[] | undefined)?.[0];
  }

  /** @returns the faults of a value; an empty list when it matches the schema */
  faults(schema: Schema, value: unknown): string[] {
    const $defs = closed(this.document.components.schemas);
    const validate: ValidateFunction = this.ajv.compile({ ...(closed(schema) as object), $defs });
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  }
}
