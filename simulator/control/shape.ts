import { InvalidRequest } from '../faults/invalid-request.js';

type Kind = 'string' | 'number' | 'boolean' | 'object' | readonly string[];
/** The properties of a JSON object. A name that ends in `?` is optional; unknown properties are refused. */
export type Shape = Readonly<Record<string, Kind>>;

export function checkShape(value: unknown, shape: Shape, what: string): void {
  if (!isObject(value)) throw new InvalidRequest(`${what} must be a JSON object`);
  const known = new Map(
    Object.entries(shape).map(([name, kind]) => [name.replace(/\?$/, ''), { name, kind }]),
  );
  for (const name of Object.keys(value)) {
    if (!known.has(name)) throw new InvalidRequest(`${what} has no property "${name.slice(0, 64)}"`);
  }
  for (const [property, { name, kind }] of known) {
    const given = value[property];
    if (given === undefined && name.endsWith('?')) continue;
    if (!matchesKind(given, kind)) throw new InvalidRequest(`${what}.${property} must be ${describe(kind)}`);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matchesKind(value: unknown, kind: Kind): boolean {
  if (typeof kind !== 'string') return typeof value === 'string' && kind.includes(value);
  if (kind === 'object') return isObject(value);
  return typeof value === kind;
}

function describe(kind: Kind): string {
  return typeof kind === 'string' ? `a ${kind}` : `one of ${kind.join(', ')}`;
}
