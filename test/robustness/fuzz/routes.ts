import type { Scope } from '../../../src/whatsapp/domain/scope.js';
import { operationsOf, type ApiDocument, type Operation } from '../../support/openapi/api-document.js';
import type { Holder } from './holders.js';

/**
 * The required scope of each route, independent of the service. For a route that is not listed, the OpenAPI document
 * counts.
 */
const REQUIRED_SCOPES: Readonly<Record<string, Scope>> = {
  'POST /api/whatsapp/pair': 'pair',
  'GET /api/whatsapp/pair': 'read',
  'GET /api/whatsapp/pair/qr': 'pair',
  'POST /api/whatsapp/pair/stop': 'pair',
  'POST /api/whatsapp/disconnect': 'disconnect',
  'GET /api/whatsapp/status': 'read',
  'GET /api/whatsapp/accounts': 'read',
  'GET /api/whatsapp/events': 'read',
  'POST /api/whatsapp/links': 'pair',
  'GET /api/whatsapp/links': 'pair',
  'DELETE /api/whatsapp/links/{linkId}': 'pair',
  'GET /api/whatsapp/link': 'read',
  'GET /api/whatsapp/audit': 'admin',
};

const FOR_LINKS = [
  'POST /api/whatsapp/pair',
  'GET /api/whatsapp/pair',
  'GET /api/whatsapp/pair/qr',
  'POST /api/whatsapp/pair/stop',
  'GET /api/whatsapp/status',
  'GET /api/whatsapp/events',
  'GET /api/whatsapp/link',
];

/** Routes that use the account `default` without an `accountId`. */
const ABOUT_DEFAULT = [
  'POST /api/whatsapp/pair',
  'GET /api/whatsapp/pair',
  'GET /api/whatsapp/pair/qr',
  'POST /api/whatsapp/pair/stop',
  'POST /api/whatsapp/disconnect',
  'GET /api/whatsapp/status',
  'POST /api/whatsapp/links',
];

/** The action of each route in the audit trail. */
const ACTIONS: Readonly<Record<string, string>> = {
  'POST /api/whatsapp/pair': 'pair',
  'POST /api/whatsapp/pair/stop': 'stop',
  'POST /api/whatsapp/disconnect': 'disconnect',
  'POST /api/whatsapp/links': 'create_link',
  'DELETE /api/whatsapp/links/{linkId}': 'revoke_link',
};

/** Paths without authentication. They contain no data of an account. */
const OPEN = /^\/($|[?#]|assets\/|docs|health\/(live|ready))/i;

export interface Field {
  readonly name: string;
  readonly type: string;
}

/** A documented route of the API. */
export class Route {
  readonly key: string;
  readonly requiredScope: Scope;
  readonly parameters: readonly Field[];
  readonly fields: readonly Field[];
  readonly isForLinks: boolean;
  readonly isAboutDefault: boolean;
  /** The audited action; null when the route changes nothing. */
  readonly action: string | null;
  private readonly form: RegExp;

  constructor(
    readonly operation: Operation,
    document: ApiDocument,
  ) {
    const { method, path, parameters, requestBody } = operation;
    this.key = `${method} ${path}`;
    const documented = (operation as { readonly 'x-scope'?: Scope })['x-scope'];
    const needs = REQUIRED_SCOPES[this.key] ?? documented;
    if (needs === undefined || needs !== documented) {
      throw new Error(`${this.key}: the document names the scope "${String(documented)}"`);
    }
    this.requiredScope = needs;
    this.parameters = parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema }) => ({ name, type: String(schema['type']) }));
    this.fields = fieldsOf(requestBody?.content['application/json']?.schema, document);
    this.isForLinks = FOR_LINKS.includes(this.key);
    this.isAboutDefault = ABOUT_DEFAULT.includes(this.key);
    this.action = ACTIONS[this.key] ?? null;
    this.form = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]*')}/?$`, 'i');
  }

  get method(): string {
    return this.operation.method;
  }

  get path(): string {
    return this.operation.path;
  }

  matches(method: string, path: string): boolean {
    return (method === 'HEAD' ? 'GET' : method) === this.method && this.form.test(path);
  }

  isOpenTo({ kind, scopes }: Holder): boolean {
    return scopes.includes(this.requiredScope) && (kind === 'key' || this.isForLinks);
  }

  documents(status: number, code: string): boolean {
    const answer = this.operation.responses[status]?.content?.['application/json'];
    const properties = answer?.schema['properties'] as { code?: { enum?: string[] } } | undefined;
    return properties?.code?.enum?.includes(code) ?? false;
  }
}

function fieldsOf(schema: Readonly<Record<string, unknown>> | undefined, document: ApiDocument): Field[] {
  const { $ref = '' } = (schema ?? {}) as { $ref?: string };
  const name = $ref.split('/').at(-1) ?? '';
  const { properties = {} } = (document.components.schemas[name] ?? schema ?? {}) as {
    properties?: Record<string, { type?: string }>;
  };
  return Object.entries(properties).map(([field, { type = 'string' }]) => ({ name: field, type }));
}

/** Returns all API routes of the service's OpenAPI document. */
export function routesOf(document: ApiDocument): Route[] {
  return operationsOf(document)
    .filter(({ path }) => path.startsWith('/api/'))
    .map((operation) => new Route(operation, document));
}

/** Returns the decoded path of a target, in any of its forms. An encoded slash (`%2f`) stays encoded. */
export function pathOf(target: string): string {
  const path = target.replace(/^[a-z]+:\/*[^/?#]*(?=\/)/i, '').replace(/[?#].*$/s, '');
  return path.split(/%2f/i).map(decoded).join('%2f');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function isOpen(target: string): boolean {
  return OPEN.test(pathOf(target));
}
