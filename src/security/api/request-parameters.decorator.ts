import { createParamDecorator, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Request } from 'express';
import { beginMutation } from '../../whatsapp/api/http/caller.js';
import { rawRequest, type HttpRequest } from '../../whatsapp/api/http/http-exchange.js';
import { assertNoInput } from '../../whatsapp/api/http/request-input.js';
import { FromRequest, type RequestHandle } from '../../whatsapp/api/http/request-parameters.decorator.js';
import type { Authentication } from '../access/authentication.js';
import { authenticationOf } from '../access/request-authentication.js';
import { CallAudit } from '../audit/call-audit.js';
import type { LoadedPageLink } from '../page-links/loaded-page-link.js';
import { PageLinkService } from '../page-links/page-link.service.js';

/** Provides the {@link Authentication} of the caller. */
export const CurrentAuthentication = createParamDecorator(
  (_: unknown, context: ExecutionContext): Authentication =>
    authenticationOf(context.switchToHttp().getRequest<Request>()),
);

/** Resolves the page link of the path, and checks that the caller may change it. */
@Injectable()
class MutatedLinkPipe implements PipeTransform<RequestHandle, Promise<LoadedPageLink>> {
  constructor(
    private readonly links: PageLinkService,
    private readonly audit: CallAudit,
  ) {}

  /** @throws DomainError `link_unknown` also for a link of an account that the caller may not access */
  async transform(handle: RequestHandle): Promise<LoadedPageLink> {
    const request = handle();
    const { linkId } = (request as HttpRequest & { readonly params: { readonly linkId: string } }).params;
    await assertNoInput(request);
    const link = this.links.find(authenticationOf(rawRequest(request)).access, linkId);
    this.audit.setSubject(rawRequest(request), link.id);
    await beginMutation(request, link.accountId);
    return link;
  }
}

/** The page link that the path (`:linkId`) names, in a request that changes it. */
export function MutatedLink(): ParameterDecorator {
  return FromRequest(MutatedLinkPipe);
}
