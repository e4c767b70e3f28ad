import type { Json } from './json.js';

/** Texts for people, examples of answers, and the version of the package. */
const TEXTS = ['title', 'description', 'summary', 'example', 'examples', 'version'];
/** Objects whose keys are names of the API, and no keywords of OpenAPI. */
const MAPS_OF_NAMES = ['properties', 'schemas', 'paths', 'securitySchemes'];

/** An OpenAPI document without its texts, its keys in their order. */
export function withoutTexts(value: Json, isMapOfNames = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutTexts(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
    .filter(([name]) => isMapOfNames || !TEXTS.includes(name))
    .map(([name, item]) => [name, withoutTexts(item, MAPS_OF_NAMES.includes(name))] as const);
  return Object.fromEntries(entries);
}
