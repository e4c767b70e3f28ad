import { isPossiblePhoneNumber } from 'libphonenumber-js/max';

/*
 * The second protection of secrets in the log. Code that logs must leave secrets out; a secret that it logs by mistake
 * is masked here by its form. Phone codes (eight letters and digits) look like words, so this protection cannot mask
 * them.
 */

const REDACTED = '…';

/** API keys and tokens of page links. Their ids are not secret. */
const KEY_OR_TOKEN = /(w(?:ak|pl)_)(?:([A-Za-z0-9]{8}_)(?=[\w-]{20}))?[\w%-]+/g;
/** The stored form of a key or token: version, salt, HMAC. */
const KEY_HASH = /(?<![\w.-])1\.[\w-]{22}\.[\w-]{43}(?![\w.-])/g;
const BEARER = /\b(Bearer\s+)[\w.~+/=-]{12,}/gi;
/** The text of a QR code. Newer ones begin with a URL. */
const QR_TEXT = /https?:\/\/wa\.me\/settings\/linked_devices#\S+|(?<!\d)\d@[\w+/=:,-]{16,}/g;
/** Keys and signatures of 32 bytes and more: base64 with its padding, a public key of libsignal (33 bytes), hex. */
const KEY_MATERIAL =
  /(?<![\w+/=-])(?:[\w+/-]{40,}={1,2}|B[A-Za-z\d+/]{43}|(?:[\dA-Fa-f]{2}){32,})(?![\w+/=-])/g;
/** Bytes as `util.inspect` shows them. */
const BYTES = /<Buffer [^>]*>|Uint8Array\(\d+\) \[[^\]]*\]/g;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [KEY_OR_TOKEN, `$1$2${REDACTED}`],
  [KEY_HASH, REDACTED],
  [BEARER, `$1${REDACTED}`],
  [QR_TEXT, REDACTED],
  [KEY_MATERIAL, REDACTED],
  [BYTES, REDACTED],
];

/**
 * A WhatsApp address with a phone number, with or without device: `4915112345678:3@s.whatsapp.net`. LIDs are not phone
 * numbers.
 */
const ADDRESS = /(?<!\w)(\d{5,15})(?=(?:[._]\d+)?(?::\d+)?@(?:s\.whatsapp\.net|c\.us|hosted)\b)/g;
/** A phone number as people write it. */
const WRITTEN = /(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)/g;
/** Digits alone, or in a Signal address (`4915112345678.0`). Not decimals, versions, UUIDs or numbers with a unit. */
const DIGITS =
  /(?<![\w.+-])[1-9]\d{6,14}(?![\w-]|\.\d{3}|(?::\d+)?@lid\b|\s*(?:bytes|m?s|milliseconds|seconds)\b)/g;

function ending(number: string): string {
  return REDACTED + number.slice(-2);
}

/**
 * Whether some country has such a phone number. Times are not mistaken for one: an E.164 number that begins with 1 has
 * 11 digits, milliseconds since 1970 have 13 and seconds 10.
 */
function couldBePhone(digits: string): boolean {
  return isPossiblePhoneNumber(`+${digits}`);
}

function withoutNumbers(text: string): string {
  return text
    .replace(ADDRESS, ending)
    .replace(WRITTEN, ending)
    .replace(DIGITS, (digits) => (couldBePhone(digits) ? ending(digits) : digits));
}

function withoutSecrets(text: string): string {
  return SECRETS.reduce((rest, [form, mask]) => rest.replace(form, mask), text);
}

/** Field names whose value is a secret in any form. */
const SECRET_NAMES =
  /^(?:authorization|x-api-key|(?:set-)?cookie|qr|pairing_?code|.*(?:secret|password|priv(?:ate)?_?key).*)$/i;
/** Deeper objects are masked. */
const MAX_DEPTH = 5;
/** Further members of an object or array are left out. */
const MAX_MEMBERS = 100;

export interface RedactorOptions {
  /** Phone numbers are left as they are. */
  readonly phoneNumbers: boolean;
}

/**
 * Masks secrets in texts and fields of the log: phone numbers (`…78`), API keys and page link tokens (except their
 * ids), QR texts, key material and bytes. Values of the type `number` (counts, ports, times) stay.
 */
export class Redactor {
  constructor(private readonly options: RedactorOptions) {}

  text(text: string): string {
    const rest = withoutSecrets(text);
    return this.options.phoneNumbers ? rest : withoutNumbers(rest);
  }

  /**
   * Masks the fields of a line. `accountId` is the operator's name for the account, so it stays even if it is a phone
   * number.
   */
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { accountId } = fields;
    const masked = this.members(fields, 0);
    return typeof accountId === 'string' ? { ...masked, accountId: withoutSecrets(accountId) } : masked;
  }

  private members(object: object, depth: number): Record<string, unknown> {
    const entries = Object.entries(object).slice(0, MAX_MEMBERS);
    return Object.fromEntries(
      entries.map(([name, value]) => [
        this.text(name),
        SECRET_NAMES.test(name) && value !== null ? REDACTED : this.value(value, depth + 1),
      ]),
    );
  }

  private value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return this.text(String(value));
    if (typeof value !== 'object' || value === null) return value;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || depth > MAX_DEPTH) return REDACTED;
    // Errors of Baileys have whole protocol nodes as properties.
    if (value instanceof Error) return this.text(String(value));
    if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((item) => this.value(item, depth + 1));
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.value((value.toJSON as () => unknown)(), depth + 1);
    }
    return this.members(value, depth);
  }
}
