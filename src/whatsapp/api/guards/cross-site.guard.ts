import { CanActivate, ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { DomainError } from '../../domain/errors.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { WhatsappOptions } from '../../whatsapp-options.js';
import { RequestError } from '../http/request.errors.js';

/**
 * Refuses requests that a browser sends for a page of another site, so that such a page cannot act as the user.
 * Browsers name the origin of a request (`Origin`, `Sec-Fetch-Site`); other clients are not affected. Origins in
 * `allowedOrigins` are accepted.
 */
@Injectable()
export class CrossSiteGuard implements CanActivate {
  private readonly allowedOrigins: ReadonlySet<string>;

  constructor(@Inject(WHATSAPP_OPTIONS) { allowedOrigins = [] }: WhatsappOptions) {
    this.allowedOrigins = new Set(allowedOrigins.map(originOf));
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<HttpRequest>();
    const origin = headers.origin?.toLowerCase();
    if (origin !== undefined && this.allowedOrigins.has(origin)) return true;
    const site = headers['sec-fetch-site'];
    const sameSite = site === undefined || site === 'same-origin' || site === 'none';
    if (!sameSite || !isOwnOrigin(origin, headers.host)) {
      throw crossSite();
    }
    return true;
  }
}

/** Returns the origin as browsers send it: lower case, without the default port. @throws RangeError */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isOrigin)
    throw new RangeError(`allowedOrigins: ${text} is not an origin such as https://office.example.com`);
  return url.origin;
}

/** Returns the same error for every refused request, so that a page learns nothing from it. */
export function crossSite(): DomainError {
  return new RequestError(
    'cross_site',
    'The request came from a page of another site, or its Host is neither loopback nor an allowed name.',
  );
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const own = host?.toLowerCase() ?? '';
  return [`http://${own}`, `https://${own}`].includes(origin);
}
