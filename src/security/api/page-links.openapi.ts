import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { LIMIT } from '../../whatsapp/api/dto/page.request.dto.js';
import { ApiAnswer } from '../../whatsapp/api/openapi/api-answer.decorator.js';
import { BODY_ERRORS, QUERY_ERRORS } from '../../whatsapp/api/openapi/whatsapp.openapi.js';
import { LinkOrderRequest } from './dto/link-order.request.dto.js';
import { AFTER, OF_ACCOUNT } from './dto/links.request.dto.js';
import {
  LinksResponse,
  MadeLinkResponse,
  OwnLinkResponse,
  RevokedLinkResponse,
} from './dto/links.responses.dto.js';
import { ApiServiceErrors } from './security.openapi.js';

const STORAGE_FAILED = [
  'storage_failed',
  'The store could not be written. Nothing was changed; try again later.',
] as const;
const LINK_UNKNOWN = [
  'link_unknown',
  'The link is unknown, or the key does not permit its account.',
] as const;
const SHUTTING_DOWN = ['shutting_down', 'The service is shutting down.'] as const;

/** Description of the page link routes in the OpenAPI document. */
export const ApiPageLinksRoutes = (): ClassDecorator => applyDecorators(ApiTags('Page links'));

export const ApiMakeLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'makeLink',
      summary: 'Create a link to the pairing page of an account',
      description:
        'The user opens the link and sees the page for this account only. The user can pair the account and watch its status, without a key. The link ends when the account is linked, when it expires, or when it is revoked.',
    }),
    ApiBody({
      type: LinkOrderRequest,
      examples: {
        plain: {
          summary: 'Any phone, within a day',
          value: { accountId: 'sales', expiresInSeconds: 86_400 },
        },
        oneNumber: {
          summary: 'Only this number',
          value: { accountId: 'sales', expiresInSeconds: 3_600, expectedPhoneNumber: '+4915112345678' },
        },
      },
    }),
    ApiAnswer(MadeLinkResponse, 'The link. No other answer contains its token.'),
    ApiServiceErrors(
      ...BODY_ERRORS,
      ['return_url_refused', '`returnUrl` starts with none of the prefixes in `WHATSAPP_RETURN_URLS`.'],
      ['already_linked', 'The account is connected. Disconnect it first.'],
      [
        'too_many_links',
        '10,000 links of this key are open. The first of them expires after `Retry-After` seconds at the latest.',
      ],
      STORAGE_FAILED,
      SHUTTING_DOWN,
    ),
  );

export const ApiPageLinks = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'links',
      summary: 'List the links',
      description:
        'Lists open links, and ended links for 30 days. The list contains no tokens and no phone numbers. A key that is restricted to some accounts lists only links of these.',
    }),
    ApiQuery({ name: 'accountId', required: false, ...OF_ACCOUNT, examples: { one: { value: 'sales' } } }),
    ApiQuery({ name: 'after', required: false, ...AFTER, examples: { page: { value: 'n3VbY8sD' } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(LinksResponse, 'A page of the links.'),
    ApiServiceErrors(...QUERY_ERRORS),
  );

export const ApiRevokeLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'revokeLink',
      summary: 'Revoke a link',
      description:
        'Ends the link at once. A pending pairing that was started with the link is stopped. For a link that has ended before, the answer says how it ended.',
    }),
    ApiParam({
      name: 'linkId',
      description: 'Id of the link.',
      schema: { type: 'string', pattern: AFTER.schema.pattern },
      examples: { link: { value: 'n3VbY8sD' } },
    }),
    ApiAnswer(RevokedLinkResponse, 'The link has ended.'),
    ApiServiceErrors(...QUERY_ERRORS, LINK_UNKNOWN, STORAGE_FAILED, SHUTTING_DOWN),
  );

export const ApiOwnLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'ownLink',
      summary: 'Read the link of the request',
      description:
        'For the page of a link. The page sends its token in the same way as a key. Requests with a key or without a credential get `not_found`.',
    }),
    ApiAnswer(OwnLinkResponse, 'The link of the request.'),
    ApiServiceErrors(...QUERY_ERRORS, ['not_found', 'The request has no link token.']),
  );
