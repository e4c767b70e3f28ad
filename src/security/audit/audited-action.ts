import type { Request } from 'express';
import type { AuditedAction } from '../ports/audit-trail.store.js';

/** What each route that changes something does. A test holds it against the OpenAPI document. */
const ACTIONS: ReadonlyMap<string, AuditedAction> = new Map([
  ['POST /api/whatsapp/pair', 'pair'],
  ['POST /api/whatsapp/pair/stop', 'stop'],
  ['POST /api/whatsapp/disconnect', 'disconnect'],
  ['POST /api/whatsapp/links', 'create_link'],
  ['DELETE /api/whatsapp/links/:linkId', 'revoke_link'],
]);

const READING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * What a request does if it is carried out; null: it changes nothing.
 * @throws Error for a route that changes something and was forgotten in the table: nothing is changed unseen
 */
export function auditedAction({ method, route }: Pick<Request, 'method' | 'route'>): AuditedAction | null {
  if (READING.includes(method)) return null;
  const { path } = route as { readonly path: string };
  const action = ACTIONS.get(`${method} ${path}`);
  if (!action) throw new Error(`no audited action is known for ${method} ${path}`);
  return action;
}
