import { Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answering, respond } from '../../whatsapp/api/http/answer.js';
import { callerOf } from '../../whatsapp/api/http/caller.js';
import { RequireScope } from '../../whatsapp/api/guards/require-scope.decorator.js';
import { readBody, readNothing, readQuery } from '../../whatsapp/api/http/read-request.js';
import { StrictValidationPipe } from '../../whatsapp/api/http/strict-validation.pipe.js';
import { authenticationOf } from '../guard/api.guard.js';
import { baseUrlOf } from './base-url.js';
import { CallAudit } from '../audit/call-audit.js';
import { LinkOrderRequest, orderFrom } from './dto/link-order.request.dto.js';
import { LinksRequest } from './dto/links.request.dto.js';
import { ForPageLinks } from '../page-links/link-routes.js';
import { PageLinkService } from '../page-links/page-link.service.js';
import {
  ApiMakeLink,
  ApiOwnLink,
  ApiPageLinks,
  ApiPageLinksRoutes,
  ApiRevokeLink,
} from './page-links.openapi.js';
import { GuardedRoutes } from '../guard/guarded-routes.decorator.js';

const ORDER = new StrictValidationPipe(LinkOrderRequest);
const LINKS = new StrictValidationPipe(LinksRequest);

/** Links that a company gives to its customers, so that they link their phones themselves. */
@ApiPageLinksRoutes()
@GuardedRoutes('api/whatsapp')
export class PageLinksController {
  constructor(
    private readonly links: PageLinkService,
    private readonly audit: CallAudit,
  ) {}

  @Post('links')
  @RequireScope('pair')
  @HttpCode(200)
  @ApiMakeLink()
  make(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const order = orderFrom(await readBody(request, ORDER), authenticationOf(request).by);
      const made = await this.links.make(order, () => baseUrlOf(request));
      this.audit.setSubject(request, made.linkId);
      respond(response, { ok: true, ...made });
    });
  }

  @Get('links')
  @RequireScope('pair')
  @ApiPageLinks()
  list(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId = null, after = null, limit } = await readQuery(request, LINKS);
      respond(response, this.links.list(authenticationOf(request).access, { accountId, after, limit }));
    });
  }

  @Delete('links/:linkId')
  @RequireScope('pair')
  @ApiRevokeLink()
  revoke(@Req() request: Request<{ linkId: string }>, @Res() response: Response): void {
    answering(response, async () => {
      readNothing(request);
      const link = this.links.find(authenticationOf(request).access, request.params.linkId);
      this.audit.setSubject(request, link.id);
      await callerOf(request).onMutation?.(link.accountId);
      const { linkId, accountId, state } = await this.links.revoke(link);
      respond(response, { ok: true, linkId, accountId, state });
    });
  }

  @Get('link')
  @RequireScope('read')
  @ForPageLinks(true)
  @ApiOwnLink()
  own(@Req() request: Request, @Res() response: Response): void {
    answering(response, () => {
      readNothing(request);
      const { kind, id } = authenticationOf(request).by;
      respond(response, this.links.own(kind === 'link' ? id : null));
    });
  }
}
