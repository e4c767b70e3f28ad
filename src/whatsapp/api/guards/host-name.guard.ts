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
 * Against DNS rebinding, by which a page makes its own name mean this machine: who has not proven who they are must reach us
 * under a name that is ours. Behind the guards of the host, which know whether they have.
 */
@Injectable()
export class HostNameGuard implements CanActivate {
  private readonly allowedHosts: ReadonlySet<string>;
  /** The name under which we were reached last, and whether it is ours: it is mostly the same. */
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
