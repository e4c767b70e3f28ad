import { Delete, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import {
  NoInput,
  StrictBody,
  StrictQuery,
  type Valid,
} from '../../whatsapp/api/http/request-parameters.decorator.js';
import { ChangeRoute, ReadRoute } from '../../whatsapp/api/route.decorators.js';
import type { Authentication } from '../access/authentication.js';
import { CallAudit } from '../audit/call-audit.js';
import { GuardedRoutes } from '../guard/guarded-routes.decorator.js';
import { ForPageLinks } from '../page-links/link-routes.js';
import type { LoadedPageLink } from '../page-links/loaded-page-link.js';
import { PageLinkService } from '../page-links/page-link.service.js';
import { LinkOrderRequest, orderFrom } from './dto/link-order.request.dto.js';
import { LinksRequest } from './dto/links.request.dto.js';
import type {
  LinksResponse,
  MadeLinkResponse,
  OwnLinkResponse,
  RevokedLinkResponse,
} from './dto/links.responses.dto.js';
import {
  ApiMakeLink,
  ApiOwnLink,
  ApiPageLinks,
  ApiPageLinksRoutes,
  ApiRevokeLink,
} from './page-links.openapi.js';
import { CurrentAuthentication, MutatedLink } from './request-parameters.decorator.js';
import { SecurityError } from '../access/access.errors.js';

/** Authority of a URL: a host name or an address, and optionally a port. */
const AUTHORITY = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Routes for page links, with which customers link their own phones. */
@ApiPageLinksRoutes()
@GuardedRoutes('api/whatsapp')
export class PageLinksController {
  constructor(
    private readonly links: PageLinkService,
    private readonly audit: CallAudit,
  ) {}

  @Post('links')
  @ChangeRoute('pair')
  @ApiMakeLink()
  async make(
    @StrictBody(LinkOrderRequest) body: Valid<LinkOrderRequest>,
    @CurrentAuthentication() { by }: Valid<Authentication>,
    @Req() request: Valid<Request>,
  ): Promise<MadeLinkResponse> {
    const made = await this.links.make(orderFrom(body, by), () => baseUrlOf(request));
    this.audit.setSubject(request, made.linkId);
    return { ok: true, ...made };
  }

  @Get('links')
  @ReadRoute('pair')
  @ApiPageLinks()
  list(
    @StrictQuery(LinksRequest) { accountId, after, limit }: Valid<LinksRequest>,
    @CurrentAuthentication() { access }: Valid<Authentication>,
  ): LinksResponse {
    return this.links.list(access, { accountId: accountId ?? null, after: after ?? null, limit });
  }

  @Delete('links/:linkId')
  @ChangeRoute('pair')
  @ApiRevokeLink()
  async revoke(@MutatedLink() link: Valid<LoadedPageLink>): Promise<RevokedLinkResponse> {
    const { linkId, accountId, state } = await this.links.revoke(link);
    return { ok: true, linkId, accountId, state };
  }

  @Get('link')
  @ReadRoute('read')
  @ForPageLinks(true)
  @ApiOwnLink()
  own(
    @NoInput() _input: undefined,
    @CurrentAuthentication() { by: { kind, id } }: Valid<Authentication>,
  ): OwnLinkResponse {
    return this.links.own(kind === 'link' ? id : null);
  }
}

/** Returns the URL under which the client reached the service. @throws DomainError `invalid_request` */
function baseUrlOf({ headers, protocol }: Request): string {
  const url = `${protocol}://${headers.host ?? ''}`;
  if (AUTHORITY.test(headers.host ?? '') && URL.canParse(url)) return url;
  throw new SecurityError(
    'invalid_request',
    'The Host header of the request is no valid address for a link. Set WHATSAPP_PUBLIC_URL, or send a valid Host.',
  );
}
