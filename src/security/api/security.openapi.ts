import type { OpenAPIObject } from '@nestjs/swagger';
import { CORE_ERRORS } from '../../whatsapp/domain/errors.js';
import {
  type Documented,
  errorResponses,
  errorsDecorator,
} from '../../whatsapp/api/openapi/api-errors.decorator.js';
import { SECURITY_ERRORS } from '../access/access.errors.js';

const SERVICE_ERRORS = { ...CORE_ERRORS, ...SECURITY_ERRORS };
type ServiceError = Documented<keyof typeof SERVICE_ERRORS>;

/** Documents the error answers of a route of the service. */
export function ApiServiceErrors(...documented: readonly ServiceError[]): MethodDecorator {
  return errorsDecorator(SERVICE_ERRORS, documented);
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];

const EVERYWHERE: readonly ServiceError[] = [
  ['key_missing', 'There are API keys, and the request shows neither a key nor a link.'],
  ['key_invalid', 'There is no such key, or it is not written as keys are.'],
  ['key_expired', 'The key has expired.'],
  ['key_revoked', 'The key was revoked.'],
  ['link_invalid', 'There is no such page link.'],
  ['link_expired', 'The page link has expired.'],
  ['link_revoked', 'The page link was revoked.'],
  ['link_used', 'The page link has done its work: the account was linked.'],
  ['scope_missing', 'The key or link may not do this.'],
  ['rate_limited', 'Too many requests within a minute; `Retry-After` says when to ask again.'],
];
const OF_ONE_ACCOUNT: readonly ServiceError[] = [
  ['account_forbidden', 'The key or link is not for this account, whether there is one of this name or not.'],
];

const OF_PAIRING: readonly ServiceError[] = [['number_forbidden', 'The link is for another phone number.']];

/** What the guards answer, which stand before every route of the API; a test provokes all of it. */
export const GUARDED_CODES: readonly string[] = [...EVERYWHERE, ...OF_ONE_ACCOUNT, ...OF_PAIRING].map(
  ([code]) => code,
);

const API = '/api/whatsapp';
const BEARER = 'key';
const HEADER = 'keyHeader';

/** Adds to the document of the service what its guards ask for and answer, in one place for all routes of the API. */
export function documentSecurity(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith(API)) continue;
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const operation = item[method];
      if (operation) documentOperation(operation);
    }
  }
  document.components = {
    ...document.components,
    securitySchemes: {
      ...document.components?.securitySchemes,
      [BEARER]: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'wak_…',
        description: 'An API key, as `npm run keys -- create NAME` prints it, or the token of a page link.',
      },
      [HEADER]: {
        type: 'apiKey',
        in: 'header',
        name: 'X-API-Key',
        description: 'The same, where `Authorization` is taken.',
      },
    },
  };
  return document;
}

function documentOperation(operation: Operation): void {
  const scope = (operation as { readonly 'x-scope'?: string })['x-scope'];
  operation.description =
    `${operation.description ?? ''}\n\nScope of the key: \`${scope ?? 'none'}\`.`.trim();
  // The last one: while there is no key, none is needed.
  operation.security = [{ [BEARER]: [] }, { [HEADER]: [] }, {}];
  const isAboutOne = operation.requestBody !== undefined || namesAccount(operation);
  addErrors(operation.responses, EVERYWHERE);
  if (isAboutOne) addErrors(operation.responses, OF_ONE_ACCOUNT);
  if (operation.operationId === 'pair') addErrors(operation.responses, OF_PAIRING);
}

function namesAccount({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => 'name' in parameter && parameter.name === 'accountId');
}

interface ErrorResponse {
  description: string;
  content: {
    'application/json': {
      schema: { properties: { code: { enum: string[] } } };
      examples: Record<string, unknown>;
    };
  };
}

function addErrors(responses: Responses, documented: readonly ServiceError[]): void {
  for (const [status, response] of errorResponses(SERVICE_ERRORS, documented)) {
    const added = response as ErrorResponse;
    const present = responses[status] as ErrorResponse | undefined;
    if (!present) {
      responses[status] = added as Responses[string];
      continue;
    }
    const [to, from] = [present.content['application/json'], added.content['application/json']];
    present.description = `${present.description}\n\n${added.description}`;
    to.schema.properties.code.enum.push(...from.schema.properties.code.enum);
    Object.assign(to.examples, from.examples);
  }
}
