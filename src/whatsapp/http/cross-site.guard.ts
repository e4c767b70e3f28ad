import { isIP } from 'node:net';
import { CanActivate, ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../domain/errors.js';
import { WHATSAPP_OPTIONS } from '../whatsapp-options.js';
import type { WhatsappOptions } from '../whatsapp-options.js';

function hostNameOf(authority: string): string | null {
  if (/[\s/?#@\\]/.test(authority)) return null;
  try {
    return new URL(`http://${authority}`).hostname.replace(/\.$/, '');
  } catch {
    return null;
  }
}

function isLoopback(hostName: string): boolean {
  if (hostName === 'localhost' || hostName === '[::1]') return true;
  return isIP(hostName) === 4 && hostName.startsWith('127.');
}

/**
 * A page that someone happens to visit must not become the caller. Browsers say where a request comes from (`Origin`,
 * `Sec-Fetch-Site`) and under which name they reached us (`Host`, against DNS rebinding); other clients are not affected.
 */
@Injectable()
export class CrossSiteGuard implements CanActivate {
  private readonly allowedHosts: ReadonlySet<string>;

  constructor(@Inject(WHATSAPP_OPTIONS) { allowedHosts = [] }: WhatsappOptions) {
    this.allowedHosts = new Set(allowedHosts.map((name) => name.toLowerCase()));
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    const site = headers['sec-fetch-site'];
    const sameSite = site === undefined || site === 'same-origin' || site === 'none';
    if (!sameSite || !this.knowsHost(headers.host) || !this.isOwnOrigin(headers.origin, headers.host)) {
      throw new DomainError(
        'cross_site',
        'Requests from pages of other sites are refused, and so is a Host that is neither loopback nor allowed.',
      );
    }
    return true;
  }

  private knowsHost(host: string | undefined): boolean {
    const name = host === undefined ? null : hostNameOf(host);
    return name !== null && (isLoopback(name) || this.allowedHosts.has(name));
  }

  private isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    const own = host?.toLowerCase() ?? '';
    return [`http://${own}`, `https://${own}`].includes(origin.toLowerCase());
  }
}
