import { IsIn, IsOptional, IsString } from 'class-validator';
import type { BaileysLogLevel } from '../baileys/baileys.logger.js';
import { LOG_LEVELS } from '../logging/log-levels.js';
import type { ConfiguredKey } from '../security/keys/configured-keys.js';
import { isBaseUrl } from '../security/page-links/return-url.js';
import { parseWebVersion } from '../whatsapp/domain/web-version.js';
import {
  ApiKeyEntries,
  isHostName,
  isOrigin,
  isServerUrl,
  List,
  Switch,
  Text,
  TrustedProxies,
  WholeNumber,
} from './decorators.js';
import { isEncryptionKey } from './secret-files.js';

const BAILEYS_LOG_LEVELS: readonly BaileysLogLevel[] = ['off', 'error', 'warn', 'info', 'debug'];

const ENCRYPTION_KEY_RULE = '32 bytes in base64, as "openssl rand -base64 32" prints them';
const BASE_URL_RULE = 'an https: address without user, query and fragment (http: only on a loopback address)';

/**
 * The environment variables of the standalone service. A test compares these fields with `.env.example`.
 */
export class Environment {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  @Text(/^[A-Za-z0-9.:_-]{1,255}$/, 'an IP address or a host name')
  readonly HOST: string = '127.0.0.1';

  /** TCP port to listen on; 0: any free port. Default 3000. */
  @WholeNumber(0, 65_535, '0: any free port')
  readonly PORT: number = 3000;

  /** Directory of the store; created with mode 0700 if it does not exist. Default ./data. */
  @Text((value) => value.trim() !== '' && !value.includes('\0'), 'a path')
  readonly WHATSAPP_DATA_DIR: string = './data';

  /** Encrypts the store: 32 random bytes in base64. Default: none, so every reader of the disk can read the store. */
  @IsOptional()
  @Text(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_ENCRYPTION_KEY?: string;

  /** Path of a file that contains the value of WHATSAPP_ENCRYPTION_KEY. */
  @IsOptional()
  @IsString({ message: 'a path' })
  readonly WHATSAPP_ENCRYPTION_KEY_FILE?: string;

  /** The new key for `npm run store -- rekey`: 32 random bytes in base64. Only that command reads it. */
  @IsOptional()
  @Text(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_NEW_ENCRYPTION_KEY?: string;

  /** Path of a file that contains the value of WHATSAPP_NEW_ENCRYPTION_KEY. */
  @IsOptional()
  @IsString({ message: 'a path' })
  readonly WHATSAPP_NEW_ENCRYPTION_KEY_FILE?: string;

  /** WhatsApp Web's WebSocket. `ws:` is accepted on a loopback address only. */
  @Text(isServerUrl, 'a wss: address (ws: only on a loopback address)')
  readonly WHATSAPP_SERVER_URL: string = 'wss://web.whatsapp.com/ws/chat';

  /**
   * Noise root key of a test server, 32 bytes in hex. Accepted only with a loopback WHATSAPP_SERVER_URL, and not in
   * production. Default: WhatsApp's key.
   */
  @IsOptional()
  @Text(/^[0-9a-f]{64}$/i, '64 hex digits')
  readonly WHATSAPP_SERVER_ROOT_KEY?: string;

  /** Further host names under which clients may call the API, besides loopback; separated by commas. Default: none. */
  @List(isHostName, 'host names without scheme or port, separated by commas')
  readonly WHATSAPP_ALLOWED_HOSTS: readonly string[] = [];

  /**
   * Further API keys, besides those in the store, as `npm run keys -- hash NAME` prints them:
   * `name:hash[:scopes[:accounts]]`, separated by commas. Default: none.
   */
  @ApiKeyEntries()
  readonly WHATSAPP_API_KEYS: readonly ConfiguredKey[] = [];

  /**
   * `true` lets the service listen on an address that is not loopback without any API key. Then calls need no
   * authentication. Without effect as soon as there is a key. Default false.
   */
  @Switch('true', 'false')
  readonly WHATSAPP_ALLOW_ANONYMOUS: boolean = false;

  /**
   * Address of the page for page links (`https://wa.example.com`). Default: the `Host` of the request that creates the
   * link.
   */
  @IsOptional()
  @Text(isBaseUrl, BASE_URL_RULE)
  readonly WHATSAPP_PUBLIC_URL?: string;

  /**
   * Addresses to which the page of a link may return once the account is linked, as prefixes; separated by commas.
   * Default: none.
   */
  @List(isBaseUrl, `addresses separated by commas, each ${BASE_URL_RULE}`)
  readonly WHATSAPP_RETURN_URLS: readonly string[] = [];

  /** How many accounts may pair at the same time. Default 10. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_MAX_PAIRING_SESSIONS: number = 10;

  /**
   * Origins of other sites (`https://office.example.com`) whose pages may call the API; separated by commas. Default:
   * none.
   */
  @List(isOrigin, 'origins like https://office.example.com, separated by commas')
  readonly WHATSAPP_CORS_ORIGINS: readonly string[] = [];

  /**
   * Requests per minute for each key. Requests without a valid key are counted for each IP address (IPv6: each /64). 0:
   * no limit. Default 3000.
   */
  @WholeNumber(0, 1_000_000, '0: no limit')
  readonly WHATSAPP_REQUESTS_PER_MINUTE: number = 3_000;

  /** Pairings started per minute (`POST /pair`), counted in the same way. 0: no limit. Default 60. */
  @WholeNumber(0, 1_000_000, '0: no limit')
  readonly WHATSAPP_PAIRINGS_PER_MINUTE: number = 60;

  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted: addresses and networks (`10.0.0.0/8`),
   * separated by commas, or the number of proxies that every request passes. Default: none.
   */
  @TrustedProxies()
  readonly WHATSAPP_TRUSTED_PROXIES: readonly string[] | number = [];

  /** How many accounts may log in at the same time when they reconnect, at the start or after a drop. Default 20. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_SIMULTANEOUS_LOGINS: number = 20;

  /** How many accounts may start to log in within a second, evenly spaced. Default 150. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_LOGINS_PER_SECOND: number = 150;

  /**
   * The name that the phone shows under "Linked devices". Default: Mac OS, which devices linked by phone code always
   * have.
   */
  @IsOptional()
  @Text(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u, '1 to 50 letters, digits, spaces, ".", "_" or "-"')
  readonly WHATSAPP_DEVICE_NAME?: string;

  /** Version of WhatsApp Web to log in as, like 2.3000.1043857760. Default: the newest known version. */
  @IsOptional()
  @Text((value) => parseWebVersion(value) !== null, 'three numbers separated by dots, like 2.3000.1043857760')
  readonly WHATSAPP_WEB_VERSION?: string;

  /**
   * `off`: the service does not request the newest version from WhatsApp (for closed networks). Default on; without
   * effect if WHATSAPP_WEB_VERSION is set.
   */
  @Switch('on', 'off')
  readonly WHATSAPP_VERSION_REFRESH: boolean = true;

  /** How many days the audit trail keeps an entry. Default 90. */
  @WholeNumber(1, 3650, 'days')
  readonly WHATSAPP_AUDIT_DAYS: number = 90;

  /** The least important level that is logged: fatal, error, warn, info, debug, trace or silent. Default info. */
  @IsIn(LOG_LEVELS, { message: LOG_LEVELS.join(', ') })
  readonly LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** The level of Baileys' own log that is added to the log: off, error, warn, info or debug. Default off. */
  @IsIn(BAILEYS_LOG_LEVELS, { message: BAILEYS_LOG_LEVELS.join(', ') })
  readonly WHATSAPP_BAILEYS_LOG: BaileysLogLevel = 'off';

  /** `true` logs phone numbers in full instead of by their last two digits. Default false. */
  @Switch('true', 'false')
  readonly LOG_PHONE_NUMBERS: boolean = false;

  /**
   * `production`: the log has one JSON object a line, and WHATSAPP_SERVER_ROOT_KEY is refused. Default: readable lines.
   */
  @IsOptional()
  @IsString({ message: 'any text' })
  readonly NODE_ENV?: string;
}
