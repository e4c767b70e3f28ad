import { Logger } from '@nestjs/common';
import type { ApiKeys } from '../keys/api-keys.js';

/** The service refuses to listen. The message is for the operator. */
export class InsecureBinding extends Error {
  override readonly name = 'InsecureBinding';
}

export interface BindAddress {
  readonly host: string;
  readonly isLoopback: boolean;
  /** The operator permits anonymous calls while there is no key. */
  readonly allowsAnonymous: boolean;
}

/**
 * Checks that a service that other machines can reach has an API key, or that the operator permits anonymous calls. Every
 * start with that permission logs a warning. One check at the start is enough: once there is a key, keys stay required.
 * @throws InsecureBinding
 */
export function assertSecureBinding(keys: ApiKeys, { host, isLoopback, allowsAnonymous }: BindAddress): void {
  const logger = new Logger('Security');
  if (keys.areRequired) {
    if (allowsAnonymous) {
      logger.warn(
        'WHATSAPP_ALLOW_ANONYMOUS=true has no effect: there are API keys, so every call needs one. Remove this variable.',
      );
    }
    return;
  }
  if (allowsAnonymous) {
    logger.warn(
      'Anonymous calls are permitted (WHATSAPP_ALLOW_ANONYMOUS=true): every client that reaches this service can link and unlink accounts. Create an API key with "npm run keys -- create NAME".',
    );
    return;
  }
  if (isLoopback) return;
  throw new InsecureBinding(
    `HOST names "${host}", which other machines can reach, and there is no API key: every client could link and unlink accounts. Create a key ("npm run keys -- create NAME", or WHATSAPP_API_KEYS), or listen on 127.0.0.1. WHATSAPP_ALLOW_ANONYMOUS=true permits calls without a key.`,
  );
}
