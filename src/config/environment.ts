import { Transform } from 'class-transformer';
import { IsIn, IsInt, Matches, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import type { ValidationOptions } from 'class-validator';
import { configuredKeys, ConfiguredKeysInvalid } from '../security/keys/configured-keys.js';
import type { ConfiguredKey } from '../security/keys/configured-keys.js';
import type { BaileysLogLevel } from '../baileys/baileys.logger.js';
import { isBaseUrl } from '../security/page-links/return-url.js';
import { isLoopback } from '../whatsapp/domain/loopback.js';
import { parseWebVersion } from '../whatsapp/domain/web-version.js';
import { LOG_LEVELS } from '../logging/log-levels.js';
import { isEncryptionKey } from './secret-files.js';
import { HOPS_RULE, isAddressRange, isOrigin, RATE_RULE } from './network-rules.js';

const BAILEYS_LOG_LEVELS: readonly BaileysLogLevel[] = ['off', 'error', 'warn', 'info', 'debug'];

function parses(test: (value: string) => boolean, accepts: string): PropertyDecorator {
  const options: ValidationOptions = { message: accepts };
  return ValidateBy(
    { name: 'parses', validator: { validate: (value) => typeof value === 'string' && test(value) } },
    options,
  );
}

const optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const whole = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );

const list = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value,
  );

function eachOf(test: (item: string) => boolean, accepts: string): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    Array.isArray(value) && value.every((item) => test(String(item)));
  return ValidateBy({ name: 'eachOf', validator: { validate } }, { message: accepts });
}

function isServerUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.username || url.password) return false;
  return url.protocol === 'wss:' || (url.protocol === 'ws:' && isLoopback(url.hostname));
}

/** What is wrong with them, where they are no keys. */
function parsedKeys(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return configuredKeys(value);
  } catch (error) {
    if (error instanceof ConfiguredKeysInvalid) return error.message;
    throw error;
  }
}

const ENCRYPTION_KEY_RULE = '32 bytes in base64, as "openssl rand -base64 32" prints them';
const PORT_RULE = 'a whole number from 0 to 65535 (0: any free port)';
const BASE_URL_RULE = 'an https: address without user, query and fragment (http: only on a loopback address)';
const KEYS_RULE =
  'name:hash[:scopes[:accounts]], as "npm run keys -- hash NAME" prints it, separated by commas';
const BUDGET_RULE = 'a whole number from 1 to 1000';
const SLOTS_RULE = 'a whole number from 1 to 1000';
const AUDIT_RULE = 'a whole number from 1 to 3650 (days)';

/**
 * The environment variables of the standalone service. Each message says what the variable accepts; a test holds these
 * fields and `.env.example` together.
 */
export class Environment {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  @parses((value) => /^[A-Za-z0-9.:_-]{1,255}$/.test(value), 'an IP address or a host name')
  readonly HOST: string = '127.0.0.1';

  /** TCP port to listen on; 0 takes any free one. Default 3000. */
  @whole()
  @IsInt({ message: PORT_RULE })
  @Min(0, { message: PORT_RULE })
  @Max(65_535, { message: PORT_RULE })
  readonly PORT: number = 3000;

  /** Directory of the store; made with mode 0700 where it does not exist. Default ./data. */
  @parses((value) => value.trim() !== '' && !value.includes('\0'), 'a path')
  readonly WHATSAPP_DATA_DIR: string = './data';

  /** The store is encrypted with it: 32 random bytes in base64. Default: none, whoever reads the disk reads all. */
  @optional()
  @parses(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_ENCRYPTION_KEY?: string;

  /** Path of a file that holds WHATSAPP_ENCRYPTION_KEY, instead of it. */
  @optional()
  @parses(() => true, 'a path')
  readonly WHATSAPP_ENCRYPTION_KEY_FILE?: string;

  /** The key that `npm run store -- rekey` gives the store: 32 random bytes in base64. Nothing else reads it. */
  @optional()
  @parses(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_NEW_ENCRYPTION_KEY?: string;

  /** Path of a file that holds WHATSAPP_NEW_ENCRYPTION_KEY, instead of it. */
  @optional()
  @parses(() => true, 'a path')
  readonly WHATSAPP_NEW_ENCRYPTION_KEY_FILE?: string;

  /** WhatsApp Web's WebSocket. `ws:` is accepted on a loopback address only. */
  @parses(isServerUrl, 'a wss: address (ws: only on a loopback address)')
  readonly WHATSAPP_SERVER_URL: string = 'wss://web.whatsapp.com/ws/chat';

  /** Noise root key of a test server, 32 bytes in hex. Accepted only with a loopback WHATSAPP_SERVER_URL, and not in production. Default: WhatsApp's own. */
  @optional()
  @Matches(/^[0-9a-f]{64}$/i, { message: '64 hex digits' })
  readonly WHATSAPP_SERVER_ROOT_KEY?: string;

  /** Host names, beside loopback, under which the API may be called; separated by commas. Default: none. */
  @list()
  @ValidateBy(
    {
      name: 'hostNames',
      validator: {
        validate: (value) =>
          Array.isArray(value) &&
          value.every((name) =>
            /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(String(name)),
          ),
      },
    },
    { message: 'host names without scheme or port, separated by commas' },
  )
  readonly WHATSAPP_ALLOWED_HOSTS: readonly string[] = [];

  /**
   * API keys beside those in the store, as `npm run keys -- hash NAME` prints them: `name:hash[:scopes[:accounts]]`,
   * separated by commas. Default: none.
   */
  @Transform(({ value }: { value: unknown }) => parsedKeys(value))
  @ValidateBy(
    { name: 'apiKeys', validator: { validate: Array.isArray } },
    { message: ({ value }) => `${KEYS_RULE} (${String(value)})` },
  )
  readonly WHATSAPP_API_KEYS: readonly ConfiguredKey[] = [];

  /**
   * `true` lets the service listen on an address that is not loopback although there is no API key, so that nobody has to
   * prove who they are; without effect as soon as there is one. Default false.
   */
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsIn([true, false], { message: 'true or false' })
  readonly WHATSAPP_ALLOW_ANONYMOUS: boolean = false;

  /**
   * Address under which customers reach the page, for the links that are made for them (`https://wa.example.com`). Default:
   * the `Host` of the request that makes a link.
   */
  @optional()
  @parses(isBaseUrl, BASE_URL_RULE)
  readonly WHATSAPP_PUBLIC_URL?: string;

  /** What the address begins with that the page of a link may lead to once the account is linked; separated by commas. Default: none. */
  @list()
  @ValidateBy(
    {
      name: 'returnUrls',
      validator: {
        validate: (value) => Array.isArray(value) && value.every((url) => isBaseUrl(String(url))),
      },
    },
    { message: `addresses separated by commas, each ${BASE_URL_RULE}` },
  )
  readonly WHATSAPP_RETURN_URLS: readonly string[] = [];

  /** How many accounts may pair at the same time. Default 10. */
  @whole()
  @IsInt({ message: SLOTS_RULE })
  @Min(1, { message: SLOTS_RULE })
  @Max(1000, { message: SLOTS_RULE })
  readonly WHATSAPP_MAX_PAIRING_SESSIONS: number = 10;

  /**
   * Origins of other sites (`https://office.example.com`) whose pages may call the API; separated by commas. Default: none.
   */
  @list()
  @eachOf(isOrigin, 'origins like https://office.example.com, separated by commas')
  readonly WHATSAPP_CORS_ORIGINS: readonly string[] = [];

  /**
   * Requests within a minute, for each key, and for each address (IPv6: each /64) of those that show no valid key. 0: no
   * limit. Default 3000.
   */
  @whole()
  @IsInt({ message: RATE_RULE })
  @Min(0, { message: RATE_RULE })
  @Max(1_000_000, { message: RATE_RULE })
  readonly WHATSAPP_REQUESTS_PER_MINUTE: number = 3_000;

  /** Pairings begun within a minute (`POST /pair`), counted in the same way. 0: no limit. Default 60. */
  @whole()
  @IsInt({ message: RATE_RULE })
  @Min(0, { message: RATE_RULE })
  @Max(1_000_000, { message: RATE_RULE })
  readonly WHATSAPP_PAIRINGS_PER_MINUTE: number = 60;

  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and networks (`10.0.0.0/8`), separated by
   * commas, or how many of them every request passes. Default: none.
   */
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^[1-9]$/.test(value) ? Number(value) : value,
  )
  @ValidateIf((_, value) => typeof value !== 'number')
  @list()
  @eachOf(isAddressRange, HOPS_RULE)
  readonly WHATSAPP_TRUSTED_PROXIES: readonly string[] | number = [];

  /** How many links may log in at the same time when they come back, at start or after a drop. Default 20. */
  @whole()
  @IsInt({ message: BUDGET_RULE })
  @Min(1, { message: BUDGET_RULE })
  @Max(1000, { message: BUDGET_RULE })
  readonly WHATSAPP_SIMULTANEOUS_LOGINS: number = 20;

  /** How many links may begin to log in within a second, evenly spaced. Default 150. */
  @whole()
  @IsInt({ message: BUDGET_RULE })
  @Min(1, { message: BUDGET_RULE })
  @Max(1000, { message: BUDGET_RULE })
  readonly WHATSAPP_LOGINS_PER_SECOND: number = 150;

  /** The name that the phone shows under "Linked devices". Default: Mac OS, which devices linked by phone code always have. */
  @optional()
  @Matches(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u, {
    message: '1 to 50 letters, digits, spaces, ".", "_" or "-"',
  })
  readonly WHATSAPP_DEVICE_NAME?: string;

  /** Version of WhatsApp Web to log in as, like 2.3000.1043857760. Default: the newest that is known. */
  @optional()
  @parses(
    (value) => parseWebVersion(value) !== null,
    'three numbers separated by dots, like 2.3000.1043857760',
  )
  readonly WHATSAPP_WEB_VERSION?: string;

  /** `off`: WhatsApp is not asked for its newest version (closed networks). Default on; without effect where WHATSAPP_WEB_VERSION is set. */
  @Transform(({ value }: { value: unknown }) => (value === 'on' ? true : value === 'off' ? false : value))
  @IsIn([true, false], { message: 'on or off' })
  readonly WHATSAPP_VERSION_REFRESH: boolean = true;

  /** For how many days what was done through the API stays in the audit trail. Default 90. */
  @whole()
  @IsInt({ message: AUDIT_RULE })
  @Min(1, { message: AUDIT_RULE })
  @Max(3650, { message: AUDIT_RULE })
  readonly WHATSAPP_AUDIT_DAYS: number = 90;

  /** The least important lines that are logged: fatal, error, warn, info, debug, trace or silent. Default info. */
  @IsIn(LOG_LEVELS, { message: LOG_LEVELS.join(', ') })
  readonly LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** How much of Baileys' own log is shown beside ours: off, error, warn, info or debug. Default off. */
  @IsIn(BAILEYS_LOG_LEVELS, { message: BAILEYS_LOG_LEVELS.join(', ') })
  readonly WHATSAPP_BAILEYS_LOG: BaileysLogLevel = 'off';

  /** `true` logs phone numbers in full instead of by their last two digits. Default false. */
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsIn([true, false], { message: 'true or false' })
  readonly LOG_PHONE_NUMBERS: boolean = false;

  /** `production` logs one JSON object a line, and refuses WHATSAPP_SERVER_ROOT_KEY. Default: lines for people. */
  @optional()
  @parses(() => true, 'any text')
  readonly NODE_ENV?: string;
}
