import type { Header, HttpAnswer } from './http-client.js';
import type { Json } from './json.js';
import { withoutTexts } from './openapi-structure.js';

/** Patterns of random values and times. */
const FORMS: readonly (readonly [form: RegExp, placeholder: string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<session id>'],
  [/\bwpl_[A-Za-z0-9]{8}_[\w-]{43}/g, '<token of a page link>'],
  [/(?<=linked_devices#)[\w@+/=,-]{100,}/g, '<QR code>'],
  [/^[A-Z0-9]{4}-[A-Z0-9]{4}$/g, '<phone code>'],
  [/^[0-9a-f]{12}-(?=\d+$)/g, '<process>-'],
];

/** Fields whose values are ids that the service creates. */
const ID_FIELDS = ['linkId', 'subject'];
/** Durations that the service measures, in milliseconds. */
const MEASURED_FIELDS = ['responseTime'];
/** A longer wait than this, in seconds, is the rest of a period. A shorter one is a constant of the service. */
const LONGEST_CONSTANT_WAIT_S = 10;

const KINDS: readonly (readonly [form: RegExp, placeholder: string])[] = [
  [/^\s*<svg/, '<SVG picture>'],
  [/^.PNG\r\n/s, '<PNG picture>'],
  [/^\s*(<!--.*?-->\s*)?<!doctype html/is, '<HTML page>'],
  [/^[\u2580-\u259f \n]+$/, '<QR code in half blocks>'],
];

/** Replaces values that differ between two runs by placeholders: times, random values, lengths, texts for people. */
export class Normaliser {
  private readonly known = new Map<string, string>();
  private document: string | null = null;

  /** Records this value under a name from now on. */
  know(value: string, name: string): void {
    this.known.set(value, `<${name}>`);
  }

  text(text: string): string {
    let normal = text;
    for (const [value, placeholder] of this.known) normal = normal.replaceAll(value, placeholder);
    for (const [form, placeholder] of FORMS) normal = normal.replace(form, placeholder);
    return normal;
  }

  /** Normalises a JSON value and keeps the order of its keys. */
  json(value: Json, field = ''): Json {
    if (typeof value === 'string') return this.field(field, value);
    if (typeof value === 'number' && MEASURED_FIELDS.includes(field)) return '<milliseconds>';
    if (typeof value !== 'object' || value === null) return value;
    if (isList(value)) return value.map((item) => this.json(item, field));
    if (typeof value['openapi'] === 'string') return this.openApi(value);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.json(item, name)]));
  }

  body({ headers, body }: HttpAnswer): Json {
    if (body.length === 0) return '';
    const text = body.toString();
    if (!valueOf(headers, 'content-type').startsWith('application/json'))
      return KINDS.find(([form]) => form.test(text))?.[1] ?? '<bytes>';
    return this.jsonText(text);
  }

  jsonText(text: string): Json {
    const value = JSON.parse(text) as Json;
    // JSON.parse drops spaces and repeated keys. A text with any of them is recorded as text.
    return JSON.stringify(value) === text ? this.json(value) : `not compact: ${this.text(text)}`;
  }

  headers(answer: HttpAnswer, isHead: boolean): Header[] {
    return answer.headers.map(([name, value]) => [name, this.header(name, value, answer, isHead)]);
  }

  /** Records the long document only once as long as it stays the same. */
  private openApi(value: Json): Json {
    const structure = withoutTexts(value);
    const text = JSON.stringify(structure);
    const isKnown = text === this.document;
    this.document = text;
    return isKnown ? '<the same OpenAPI document>' : structure;
  }

  private field(field: string, value: string): string {
    if (field === 'message') return value === '' ? '' : '<message>';
    const normal = this.text(value);
    return normal === value && ID_FIELDS.includes(field) ? '<id>' : normal;
  }

  private header(name: string, value: string, answer: HttpAnswer, isHead: boolean): string {
    switch (name.toLowerCase()) {
      case 'date':
      case 'last-modified':
        return value.endsWith(' GMT') ? '<date>' : value;
      case 'etag':
        return etag(this.text(value));
      case 'content-length':
        if (isHead) return '<length>';
        return Number(value) === answer.body.length ? '<length of the body>' : `${value}, not of the body`;
      case 'retry-after':
        return Number(value) > LONGEST_CONSTANT_WAIT_S ? '<seconds>' : value;
      default:
        return this.text(value);
    }
  }
}

/** The tag of a code contains its session id, which is a placeholder already. The tag of a file is a hash. */
function etag(value: string): string {
  return value.includes('<') ? value : value.replace(/"[^"]*"/, '"<hash>"');
}

function valueOf(headers: readonly Header[], name: string): string {
  return headers.find((header) => header[0].toLowerCase() === name)?.[1] ?? '';
}

function isList(value: readonly Json[] | { readonly [name: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
