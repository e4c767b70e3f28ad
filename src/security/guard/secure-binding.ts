import { Logger } from '@nestjs/common';
import type { ApiKeys } from '../keys/api-keys.js';

/** Why the service does not listen; the message is for whoever starts it. */
export class InsecureBinding extends Error {
  override readonly name = 'InsecureBinding';
}

export interface BindAddress {
  readonly host: string;
  readonly isLoopback: boolean;
  /** Somebody insists on letting everybody in while there is no key. */
  readonly allowsAnonymous: boolean;
}

/**
 * Who listens beyond this machine lets nobody in without a key, unless somebody insists, and that is said at every start.
 * The answer holds for as long as the service runs: once there is a key, there is one.
 * @throws InsecureBinding
 */
export function assertSecureBinding(keys: ApiKeys, { host, isLoopback, allowsAnonymous }: BindAddress): void {
  const logger = new Logger('Security');
  if (keys.areRequired) {
    if (allowsAnonymous) {
      logger.warn(
        'WHATSAPP_ALLOW_ANONYMOUS=true has no effect: there are API keys, so every call needs one. Take it out.',
      );
    }
    return;
  }
  if (allowsAnonymous) {
    logger.warn(
      'Nobody has to prove who they are (WHATSAPP_ALLOW_ANONYMOUS=true): whoever reaches this service can link and unlink accounts. "npm run keys -- create NAME" makes the first API key.',
    );
    return;
  }
  if (isLoopback) return;
  throw new InsecureBinding(
    `HOST names "${host}", which other machines can reach, and there is no API key: everybody could link and unlink accounts. Make a key first ("npm run keys -- create NAME", or WHATSAPP_API_KEYS), or listen on 127.0.0.1. WHATSAPP_ALLOW_ANONYMOUS=true insists.`,
  );
}
