import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { WhatsappController } from '../../whatsapp/api/whatsapp.controller.js';
import { SecurityError } from '../access/access.errors.js';

/** Marks a route outside the core as open to holders of a page link. */
export const ForPageLinks = Reflector.createDecorator<boolean>();

/** Routes of the core that are open to holders of a page link. */
const CORE_ROUTES: readonly (keyof WhatsappController)[] = ['pair', 'view', 'qr', 'stop', 'status', 'events'];

const reflector = new Reflector();

function isCoreRoute(context: ExecutionContext, routes: readonly string[]): boolean {
  return context.getClass() === WhatsappController && routes.includes(context.getHandler().name);
}

/**
 * Checks that a route is open to holders of a page link. They may pair the account of their link and watch it. Every
 * route that is neither in `CORE_ROUTES` nor marked with `ForPageLinks` is closed to them.
 * @throws DomainError `scope_missing`, or `account_forbidden` for the events of all accounts
 */
export function assertForPageLinks(context: ExecutionContext): void {
  const isMarked = reflector.get(ForPageLinks, context.getHandler());
  if (!isMarked && !isCoreRoute(context, CORE_ROUTES)) {
    throw new SecurityError('scope_missing', 'A page link does not permit this request. Use an API key.');
  }
  const { originalUrl } = context.switchToHttp().getRequest<Request>();
  if (
    isCoreRoute(context, ['events']) &&
    !new URL(originalUrl, 'http://localhost').searchParams.has('accountId')
  ) {
    throw new SecurityError(
      'account_forbidden',
      'A page link permits only the events of its account. Send the accountId of the link.',
    );
  }
}

/** Whether the route starts a pairing. */
export function beginsPairing(context: ExecutionContext): boolean {
  return isCoreRoute(context, ['pair'] satisfies (keyof WhatsappController)[]);
}
