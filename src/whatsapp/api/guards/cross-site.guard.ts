import { CanActivate, ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { DomainError } from '../../domain/errors.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { WhatsappOptions } from '../../whatsapp-options.js';
import { RequestError } from '../http/request.errors.js';

/**
 * A page that someone happens to visit must not become the caller. Browsers say where a request comes from (`Origin`,
 * `Sec-Fetch-Site`); other clients are not affected. Pages of an origin that is allowed are welcome.
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

/** As browsers write it: lower case, without the port that is the scheme's own. @throws RangeError */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isOrigin) throw new RangeError(`allowedOrigins: ${text} is no origin like https://office.example.com`);
  return url.origin;
}

/** The same for all of them: a page that tries learns nothing. */
export function crossSite(): DomainError {
  return new RequestError(
    'cross_site',
    'Requests from pages of other sites are refused, and so is a Host that is neither loopback nor allowed.',
  );
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const own = host?.toLowerCase() ?? '';
  return [`http://${own}`, `https://${own}`].includes(origin);
}
