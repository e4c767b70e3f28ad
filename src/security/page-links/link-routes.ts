import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { WhatsappController } from '../../whatsapp/api/whatsapp.controller.js';
import { SecurityError } from '../access/access.errors.js';

/** Marks a route of this folder that whoever has a page link may call. */
export const ForPageLinks = Reflector.createDecorator<boolean>();

/** What the page of a link needs of the core. */
const OF_THE_CORE: readonly (keyof WhatsappController)[] = ['pair', 'view', 'qr', 'stop', 'status', 'events'];

const reflector = new Reflector();

function isCoreRoute(context: ExecutionContext, routes: readonly string[]): boolean {
  return context.getClass() === WhatsappController && routes.includes(context.getHandler().name);
}

/**
 * Who has a page link may pair its account and watch it: a route is open to them where it is listed, and nowhere else.
 * @throws DomainError `scope_missing`, or `account_forbidden` for the events of all accounts
 */
export function assertForPageLinks(context: ExecutionContext): void {
  const isMarked = reflector.get(ForPageLinks, context.getHandler());
  if (!isMarked && !isCoreRoute(context, OF_THE_CORE)) {
    throw new SecurityError('scope_missing', 'This cannot be done with a page link.');
  }
  const { originalUrl } = context.switchToHttp().getRequest<Request>();
  if (
    isCoreRoute(context, ['events']) &&
    !new URL(originalUrl, 'http://localhost').searchParams.has('accountId')
  ) {
    throw new SecurityError(
      'account_forbidden',
      'With a page link only the events of its account can be read.',
    );
  }
}

export function beginsPairing(context: ExecutionContext): boolean {
  return isCoreRoute(context, ['pair'] satisfies (keyof WhatsappController)[]);
}
