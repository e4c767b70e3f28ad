import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';
import type { Authentication } from '../access/authentication.js';
import { setAuthenticationResult, type AuthenticationResult } from '../access/request-authentication.js';
import { isSecretOf } from '../access/secret.js';
import { ApiKeys } from '../keys/api-keys.js';
import { keyMissing } from '../access/access.errors.js';
import { readCredential } from '../access/client-request.js';
import { PageLinks } from '../page-links/page-links.js';

const READING = ['GET', 'HEAD'];

/**
 * Authenticates every request once, and stores the identity or the failure with the request. It never answers: rate limits
 * read the result, and ApiGuard throws the failure after CrossSiteGuard has run.
 */
@Injectable()
export class AuthenticationMiddleware implements NestMiddleware<Request, Response> {
  constructor(
    private readonly keys: ApiKeys,
    private readonly links: PageLinks,
  ) {}

  readonly use = (request: Request, _response: Response, next: NextFunction): void => {
    setAuthenticationResult(request, this.resultOf(request));
    next();
  };

  private resultOf(request: Request): AuthenticationResult {
    try {
      return { authentication: this.authenticate(request), failure: null };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { authentication: null, failure: error };
    }
  }

  private authenticate({ headers, method }: Request): Authentication {
    const credential = readCredential(headers);
    if (credential !== null && isSecretOf('wpl', credential)) {
      return this.links.authenticate(credential, READING.includes(method) ? 'read' : 'act');
    }
    if (!this.keys.areRequired) return this.keys.anonymous;
    if (credential === null) throw keyMissing();
    return this.keys.authenticate(credential);
  }
}
