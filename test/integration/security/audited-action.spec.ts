import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { auditedAction } from '../../../src/security/audit/call-audit.js';
import { AUDITED_ACTIONS } from '../../../src/security/ports/audit-trail.store.js';
import { type ApiDocument, operationsOf } from '../../support/openapi/api-document.js';

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as ApiDocument;

/** Returns the path in the notation of Express. */
const pathOf = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

describe('auditedAction', () => {
  it('every route that changes something has an action, and no other route has one', () => {
    const actions = operationsOf(document).map(({ method, path }) => {
      const action = auditedAction({ method, route: { path: pathOf(path) } });
      return { path, reads: method === 'GET', action };
    });
    expect(actions.length).toBeGreaterThan(9);
    for (const { reads, action } of actions) {
      if (reads) expect(action).toBe(null);
      else expect(AUDITED_ACTIONS).toContain(action);
    }
    const found = actions.flatMap(({ action }) => action ?? []);
    expect(found).toEqual([...new Set(found)]);
  });
});
