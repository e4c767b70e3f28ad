import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { LIMIT } from '../../whatsapp/api/dto/page.request.dto.js';
import { ApiAnswer } from '../../whatsapp/api/openapi/api-answer.decorator.js';
import { BODY_ERRORS, QUERY_ERRORS } from '../../whatsapp/api/openapi/whatsapp.openapi.js';
import { LinkOrderRequest } from './dto/link-order.request.dto.js';
import {
  LINK_ORDER_EXAMPLES,
  LINKS_EXAMPLES,
  MADE_LINK_EXAMPLES,
  OWN_LINK_EXAMPLES,
  REVOKED_LINK_EXAMPLES,
} from './dto/links.examples.js';
import { AFTER, OF_ACCOUNT } from './dto/links.request.dto.js';
import {
  LinksResponse,
  MadeLinkResponse,
  OwnLinkResponse,
  RevokedLinkResponse,
} from './dto/links.responses.dto.js';
import { ApiServiceErrors } from './security.openapi.js';

const STORAGE_FAILED = ['storage_failed', 'The store could not be written; nothing was changed.'] as const;
const LINK_UNKNOWN = ['link_unknown', 'There is no such link, or it is not yours.'] as const;
const SHUTTING_DOWN = ['shutting_down', 'The service is shutting down.'] as const;

export const ApiPageLinksRoutes = (): ClassDecorator => applyDecorators(ApiTags('Page links'));

export const ApiMakeLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'makeLink',
      summary: 'Make a link for whoever is to link an account',
      description:
        'Whoever opens the link sees the page for this account only: they can pair it and watch, and nothing else, without a key. It ends when the account is linked, when its time is over, or when it is revoked.',
    }),
    ApiBody({ type: LinkOrderRequest, examples: LINK_ORDER_EXAMPLES }),
    ApiAnswer(MadeLinkResponse, 'The link. It is not told again.', MADE_LINK_EXAMPLES),
    ApiServiceErrors(
      ...BODY_ERRORS,
      ['return_url_refused', '`returnUrl` begins with none of `WHATSAPP_RETURN_URLS`.'],
      ['already_linked', 'The account is connected; disconnect it first.'],
      [
        'too_many_links',
        '10,000 links that were made with this key are open; `Retry-After` says when the next one expires at the latest.',
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
        'Also those that have ended, for 30 days. Neither what they could be used with nor phone numbers stand in it. Keys that are restricted to some accounts see the links of these.',
    }),
    ApiQuery({ name: 'accountId', required: false, ...OF_ACCOUNT, examples: { one: { value: 'sales' } } }),
    ApiQuery({ name: 'after', required: false, ...AFTER, examples: { page: { value: 'n3VbY8sD' } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(LinksResponse, 'A page of the links.', LINKS_EXAMPLES),
    ApiServiceErrors(...QUERY_ERRORS),
  );

export const ApiRevokeLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'revokeLink',
      summary: 'Take a link back',
      description:
        'From now on nothing can be done with it. A pairing that was begun with it and is not open yet is stopped. Of a link that has ended already it says how.',
    }),
    ApiParam({
      name: 'linkId',
      description: 'The link.',
      schema: { type: 'string', pattern: AFTER.schema.pattern },
      examples: { link: { value: 'n3VbY8sD' } },
    }),
    ApiAnswer(RevokedLinkResponse, 'It has ended.', REVOKED_LINK_EXAMPLES),
    ApiServiceErrors(...QUERY_ERRORS, LINK_UNKNOWN, STORAGE_FAILED, SHUTTING_DOWN),
  );

export const ApiOwnLink = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'ownLink',
      summary: 'Read the link that one has come with',
      description:
        'For the page of a link, which sends its token as a key is sent. With a key, or nothing, there is no such route.',
    }),
    ApiAnswer(OwnLinkResponse, 'What the link is for.', OWN_LINK_EXAMPLES),
    ApiServiceErrors(...QUERY_ERRORS, ['not_found', 'The request has not come with a link.']),
  );
