import type { Json } from './json.js';
import type { Recording } from './recording-file.js';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

interface Content {
  readonly schema: { readonly properties?: { readonly code?: { readonly enum?: readonly string[] } } };
}

const isObject = (body: Json): body is { readonly [name: string]: Json } =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

/** Returns the method and the documented path of a request. */
function template(request: string): string {
  const [method = '', target = ''] = request.split(' ');
  const [path = ''] = target.split('?');
  return `${method} ${path.replace(/(?<=\/links\/)[^/]+$/, '{linkId}')}`;
}

/**
 * Finds the errors that the recorded OpenAPI document names and that no recorded answer has.
 * @returns `METHOD /path status code` of each
 */
export function unrecordedErrors(recording: Recording): string[] {
  const steps = Object.values(recording).flat();
  const document = steps.map(({ body }) => body).find((body) => isObject(body) && 'openapi' in body);
  const { paths } = document as unknown as Document;
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const codes = content?.['application/json']?.schema.properties?.code?.enum ?? [];
        return codes.map((code) => `${method.toUpperCase()} ${path} ${status} "${code}"`);
      }),
    ),
  );
  const recorded = new Set(
    steps.map(({ request, status, body }) =>
      [template(request), status, isObject(body) ? JSON.stringify(body['code']) : ''].join(' '),
    ),
  );
  return documented.filter((error) => !recorded.has(error));
}
