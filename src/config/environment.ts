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
 * The environment variables of the standalone service. Each message says what the variable accepts; a test holds these
 * fields and `.env.example` together.
 */
export class Environment {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  @Text(/^[A-Za-z0-9.:_-]{1,255}$/, 'an IP address or a host name')
  readonly HOST: string = '127.0.0.1';

  /** TCP port to listen on; 0 takes any free one. Default 3000. */
  @WholeNumber(0, 65_535, '0: any free port')
  readonly PORT: number = 3000;

  /** Directory of the store; made with mode 0700 where it does not exist. Default ./data. */
  @Text((value) => value.trim() !== '' && !value.includes('\0'), 'a path')
  readonly WHATSAPP_DATA_DIR: string = './data';

  /** The store is encrypted with it: 32 random bytes in base64. Default: none, whoever reads the disk reads all. */
  @IsOptional()
  @Text(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_ENCRYPTION_KEY?: string;

  /** Path of a file that holds WHATSAPP_ENCRYPTION_KEY, instead of it. */
  @IsOptional()
  @IsString({ message: 'a path' })
  readonly WHATSAPP_ENCRYPTION_KEY_FILE?: string;

  /** The key that `npm run store -- rekey` gives the store: 32 random bytes in base64. Nothing else reads it. */
  @IsOptional()
  @Text(isEncryptionKey, ENCRYPTION_KEY_RULE)
  readonly WHATSAPP_NEW_ENCRYPTION_KEY?: string;

  /** Path of a file that holds WHATSAPP_NEW_ENCRYPTION_KEY, instead of it. */
  @IsOptional()
  @IsString({ message: 'a path' })
  readonly WHATSAPP_NEW_ENCRYPTION_KEY_FILE?: string;

  /** WhatsApp Web's WebSocket. `ws:` is accepted on a loopback address only. */
  @Text(isServerUrl, 'a wss: address (ws: only on a loopback address)')
  readonly WHATSAPP_SERVER_URL: string = 'wss://web.whatsapp.com/ws/chat';

  /** Noise root key of a test server, 32 bytes in hex. Accepted only with a loopback WHATSAPP_SERVER_URL, and not in production. Default: WhatsApp's own. */
  @IsOptional()
  @Text(/^[0-9a-f]{64}$/i, '64 hex digits')
  readonly WHATSAPP_SERVER_ROOT_KEY?: string;

  /** Host names, beside loopback, under which the API may be called; separated by commas. Default: none. */
  @List(isHostName, 'host names without scheme or port, separated by commas')
  readonly WHATSAPP_ALLOWED_HOSTS: readonly string[] = [];

  /**
   * API keys beside those in the store, as `npm run keys -- hash NAME` prints them: `name:hash[:scopes[:accounts]]`,
   * separated by commas. Default: none.
   */
  @ApiKeyEntries()
  readonly WHATSAPP_API_KEYS: readonly ConfiguredKey[] = [];

  /**
   * `true` lets the service listen on an address that is not loopback although there is no API key, so that nobody has to
   * prove who they are; without effect as soon as there is one. Default false.
   */
  @Switch('true', 'false')
  readonly WHATSAPP_ALLOW_ANONYMOUS: boolean = false;

  /**
   * Address under which customers reach the page, for the links that are made for them (`https://wa.example.com`). Default:
   * the `Host` of the request that makes a link.
   */
  @IsOptional()
  @Text(isBaseUrl, BASE_URL_RULE)
  readonly WHATSAPP_PUBLIC_URL?: string;

  /** What the address begins with that the page of a link may lead to once the account is linked; separated by commas. Default: none. */
  @List(isBaseUrl, `addresses separated by commas, each ${BASE_URL_RULE}`)
  readonly WHATSAPP_RETURN_URLS: readonly string[] = [];

  /** How many accounts may pair at the same time. Default 10. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_MAX_PAIRING_SESSIONS: number = 10;

  /**
   * Origins of other sites (`https://office.example.com`) whose pages may call the API; separated by commas. Default: none.
   */
  @List(isOrigin, 'origins like https://office.example.com, separated by commas')
  readonly WHATSAPP_CORS_ORIGINS: readonly string[] = [];

  /**
   * Requests within a minute, for each key, and for each address (IPv6: each /64) of those that show no valid key. 0: no
   * limit. Default 3000.
   */
  @WholeNumber(0, 1_000_000, '0: no limit')
  readonly WHATSAPP_REQUESTS_PER_MINUTE: number = 3_000;

  /** Pairings begun within a minute (`POST /pair`), counted in the same way. 0: no limit. Default 60. */
  @WholeNumber(0, 1_000_000, '0: no limit')
  readonly WHATSAPP_PAIRINGS_PER_MINUTE: number = 60;

  /**
   * Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and networks (`10.0.0.0/8`), separated by
   * commas, or how many of them every request passes. Default: none.
   */
  @TrustedProxies()
  readonly WHATSAPP_TRUSTED_PROXIES: readonly string[] | number = [];

  /** How many links may log in at the same time when they come back, at start or after a drop. Default 20. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_SIMULTANEOUS_LOGINS: number = 20;

  /** How many links may begin to log in within a second, evenly spaced. Default 150. */
  @WholeNumber(1, 1000)
  readonly WHATSAPP_LOGINS_PER_SECOND: number = 150;

  /** The name that the phone shows under "Linked devices". Default: Mac OS, which devices linked by phone code always have. */
  @IsOptional()
  @Text(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u, '1 to 50 letters, digits, spaces, ".", "_" or "-"')
  readonly WHATSAPP_DEVICE_NAME?: string;

  /** Version of WhatsApp Web to log in as, like 2.3000.1043857760. Default: the newest that is known. */
  @IsOptional()
  @Text((value) => parseWebVersion(value) !== null, 'three numbers separated by dots, like 2.3000.1043857760')
  readonly WHATSAPP_WEB_VERSION?: string;

  /** `off`: WhatsApp is not asked for its newest version (closed networks). Default on; without effect where WHATSAPP_WEB_VERSION is set. */
  @Switch('on', 'off')
  readonly WHATSAPP_VERSION_REFRESH: boolean = true;

  /** For how many days what was done through the API stays in the audit trail. Default 90. */
  @WholeNumber(1, 3650, 'days')
  readonly WHATSAPP_AUDIT_DAYS: number = 90;

  /** The least important lines that are logged: fatal, error, warn, info, debug, trace or silent. Default info. */
  @IsIn(LOG_LEVELS, { message: LOG_LEVELS.join(', ') })
  readonly LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** How much of Baileys' own log is shown beside ours: off, error, warn, info or debug. Default off. */
  @IsIn(BAILEYS_LOG_LEVELS, { message: BAILEYS_LOG_LEVELS.join(', ') })
  readonly WHATSAPP_BAILEYS_LOG: BaileysLogLevel = 'off';

  /** `true` logs phone numbers in full instead of by their last two digits. Default false. */
  @Switch('true', 'false')
  readonly LOG_PHONE_NUMBERS: boolean = false;

  /** `production` logs one JSON object a line, and refuses WHATSAPP_SERVER_ROOT_KEY. Default: lines for people. */
  @IsOptional()
  @IsString({ message: 'any text' })
  readonly NODE_ENV?: string;
}
