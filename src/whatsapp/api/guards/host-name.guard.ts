import { CanActivate, ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { isLoopback } from '../../domain/loopback.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { WHATSAPP_OPTIONS } from '../../whatsapp-options.js';
import type { WhatsappOptions } from '../../whatsapp-options.js';
import { callerOf } from '../http/caller.js';
import { crossSite } from './cross-site.guard.js';

function hostNameOf(authority: string): string | null {
  if (/[\s/?#@\\]/.test(authority)) return null;
  try {
    return new URL(`http://${authority}`).hostname.replace(/\.$/, '');
  } catch {
    return null;
  }
}

/**
 * Protects against DNS rebinding, in which a page makes its own host name resolve to this machine. A caller that is not
 * authenticated must use loopback or an allowed host name. Runs after the guards of the host application, because they
 * authenticate the caller.
 */
@Injectable()
export class HostNameGuard implements CanActivate {
  private readonly allowedHosts: ReadonlySet<string>;
  /** The `Host` of the last request and its result; most requests have the same one. */
  private last: { readonly host: string | undefined; readonly isOurs: boolean } = { host: '', isOurs: false };

  constructor(@Inject(WHATSAPP_OPTIONS) { allowedHosts = [] }: WhatsappOptions) {
    this.allowedHosts = new Set(allowedHosts.map((name) => name.toLowerCase()));
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (callerOf(request).authenticated) return true;
    const { host } = request.headers;
    if (host !== this.last.host) this.last = { host, isOurs: this.isOurs(host) };
    if (this.last.isOurs) return true;
    throw crossSite();
  }

  private isOurs(host: string | undefined): boolean {
    const name = host === undefined ? null : hostNameOf(host);
    return name !== null && (isLoopback(name) || this.allowedHosts.has(name));
  }
}
