import { isPossiblePhoneNumber } from 'libphonenumber-js/max';

/*
 * The second wall between secrets and the log: whoever writes a line leaves them out, and what slips through is masked
 * here, by its form. Codes for phones (eight letters and digits) have none that would tell them from words: the first wall
 * is the only one for them.
 */

const REDACTED = '…';

/** API keys and the tokens of page links; their ids may be seen. */
const KEY_OR_TOKEN = /(w(?:ak|pl)_)(?:([A-Za-z0-9]{8}_)(?=[\w-]{20}))?[\w%-]+/g;
/** What is stored of a key or a token: version, salt, HMAC. */
const KEY_HASH = /(?<![\w.-])1\.[\w-]{22}\.[\w-]{43}(?![\w.-])/g;
const BEARER = /\b(Bearer\s+)[\w.~+/=-]{12,}/gi;
/** With the address that newer ones begin with, or without it. */
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

/** A user of WhatsApp by number, with or without device: `4915112345678:3@s.whatsapp.net`. LIDs are no numbers. */
const ADDRESS = /(?<!\w)(\d{5,15})(?=(?:[._]\d+)?(?::\d+)?@(?:s\.whatsapp\.net|c\.us|hosted)\b)/g;
/** As people write it. */
const WRITTEN = /(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)/g;
/** Digits that stand alone, or as a Signal address (`4915112345678.0`): no decimals, versions, UUIDs or amounts of something. */
const DIGITS =
  /(?<![\w.+-])[1-9]\d{6,14}(?![\w-]|\.\d{3}|(?::\d+)?@lid\b|\s*(?:bytes|m?s|milliseconds|seconds)\b)/g;

function ending(number: string): string {
  return REDACTED + number.slice(-2);
}

/**
 * Whether some country has such a number. Points in time are none: in E.164 what begins with 1 has 11 digits, milliseconds
 * since 1970 have 13 and seconds 10.
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

/** Names under which a secret may stand whatever its form. */
const SECRET_NAMES =
  /^(?:authorization|x-api-key|(?:set-)?cookie|qr|pairing_?code|.*(?:secret|password|priv(?:ate)?_?key).*)$/i;
/** Deeper, or longer, is not for a log. */
const DEEPEST = 5;
const LONGEST = 100;

export interface RedactorOptions {
  /** Phone numbers are left as they are. */
  readonly phoneNumbers: boolean;
}

/**
 * Masks secrets in what is about to be logged: phone numbers (`…78`), API keys and page link tokens (but for their ids),
 * QR texts, key material and bytes. Numbers that are numbers are not looked at: counts, ports, times.
 */
export class Redactor {
  constructor(private readonly options: RedactorOptions) {}

  text(text: string): string {
    const rest = withoutSecrets(text);
    return this.options.phoneNumbers ? rest : withoutNumbers(rest);
  }

  /** The fields of a line. `accountId` is the operator's name for the account, and kept also where it is a number. */
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { accountId } = fields;
    const masked = this.members(fields, 0);
    return typeof accountId === 'string' ? { ...masked, accountId: withoutSecrets(accountId) } : masked;
  }

  private members(object: object, depth: number): Record<string, unknown> {
    const entries = Object.entries(object).slice(0, LONGEST);
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
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || depth > DEEPEST) return REDACTED;
    // Errors of Baileys carry whole nodes with them.
    if (value instanceof Error) return this.text(String(value));
    if (Array.isArray(value)) return value.slice(0, LONGEST).map((item) => this.value(item, depth + 1));
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.value((value.toJSON as () => unknown)(), depth + 1);
    }
    return this.members(value, depth);
  }
}
