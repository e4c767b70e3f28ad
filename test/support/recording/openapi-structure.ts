import type { Json } from './json.js';

/** Fields that may change without a change for clients: texts for people, examples, and the version of the package. */
const TEXTS = ['title', 'description', 'summary', 'example', 'examples', 'version'];
/** Objects whose keys are names of the API instead of keywords of OpenAPI. */
const MAPS_OF_NAMES = ['properties', 'schemas', 'paths', 'securitySchemes'];

/** Returns an OpenAPI document without its texts. The order of keys stays. */
export function withoutTexts(value: Json, isMapOfNames = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutTexts(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
    .filter(([name]) => isMapOfNames || !TEXTS.includes(name))
    .map(([name, item]) => [name, withoutTexts(item, MAPS_OF_NAMES.includes(name))] as const);
  return Object.fromEntries(entries);
}
