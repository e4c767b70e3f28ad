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
  ['key_missing', 'API keys exist, and the request has neither a key nor a link token.'],
  ['key_invalid', 'The key is unknown or malformed.'],
  ['key_expired', 'The key has expired.'],
  ['key_revoked', 'The key was revoked.'],
  ['link_invalid', 'The page link is unknown or malformed.'],
  ['link_expired', 'The page link has expired.'],
  ['link_revoked', 'The page link was revoked.'],
  ['link_used', 'The page link was used: its account was linked.'],
  ['scope_missing', 'The key or link does not permit this request.'],
  ['rate_limited', 'Too many requests within a minute. Try again after `Retry-After` seconds.'],
];
const OF_ONE_ACCOUNT: readonly ServiceError[] = [
  [
    'account_forbidden',
    'The key or link does not permit this account. The answer is the same for unknown accounts.',
  ],
];

const OF_PAIRING: readonly ServiceError[] = [['number_forbidden', 'The link is for another phone number.']];

/** Error codes of the guards, which run before every route of the API. A test provokes each of them. */
export const GUARDED_CODES: readonly string[] = [...EVERYWHERE, ...OF_ONE_ACCOUNT, ...OF_PAIRING].map(
  ([code]) => code,
);

const API = '/api/whatsapp';
const BEARER = 'key';
const HEADER = 'keyHeader';

/** Adds the credentials and the errors of the guards to every API route of the document. */
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
        description: 'An API key, created with `npm run keys -- create NAME`, or the token of a page link.',
      },
      [HEADER]: {
        type: 'apiKey',
        in: 'header',
        name: 'X-API-Key',
        description: 'The same credential, for clients that cannot use `Authorization`.',
      },
    },
  };
  return document;
}

function documentOperation(operation: Operation): void {
  const scope = (operation as { readonly 'x-scope'?: string })['x-scope'];
  operation.description =
    `${operation.description ?? ''}\n\nScope of the key: \`${scope ?? 'none'}\`.`.trim();
  // The empty entry means that no credential is needed, which is so until the first key exists.
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
