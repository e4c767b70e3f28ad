import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { NOT_READY } from '../../src/health/health.errors.js';
import { ERROR_CODES } from '../support/error-codes.js';
import { type ApiDocument, operationsOf } from '../support/openapi/api-document.js';

interface ErrorSchema {
  readonly properties?: { readonly code?: { readonly enum?: readonly string[] } };
}

/** Only the methods of the module throw this error. No route answers with it. */
const INTERNAL = ['not_connected'];

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as ApiDocument & {
  readonly info: { readonly description: string };
};
const codesOfRoutes = operationsOf(document)
  .flatMap(({ responses }) => Object.values(responses))
  .flatMap(({ content }) => {
    const schema = content?.['application/json']?.schema as ErrorSchema | undefined;
    return schema?.properties?.code?.enum ?? [];
  });
/** Words that the general description quotes, among them the errors of requests that reach no route. */
const quoted = [...document.info.description.matchAll(/`(\w+)`/g)].map(([, word]) => String(word));

describe('the error codes in openapi.json', () => {
  it('the document names every error code of the service', () => {
    const documented = new Set([...codesOfRoutes, ...quoted]);
    expect(Object.keys(ERROR_CODES).filter((code) => !documented.has(code))).toEqual(INTERNAL);
  });

  it('the document names no other error code', () => {
    const known = { ...ERROR_CODES, ...NOT_READY };
    expect(codesOfRoutes.length).toBeGreaterThan(100);
    expect(codesOfRoutes.filter((code) => !(code in known))).toEqual([]);
  });
});
