import { isIP } from 'node:net';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, Max, Min, ValidateBy } from 'class-validator';
import { configuredKeys, ConfiguredKeysInvalid } from '../security/keys/configured-keys.js';
import { isLoopback } from '../whatsapp/domain/loopback.js';

/*
 * Decorators for the environment variables. Each parses the variable's text and validates the result. `accepts`
 * completes the sentence "it accepts …" in the message for the operator.
 */

/** Requires a text that matches the rule. */
export function Text(rule: RegExp | ((text: string) => boolean), accepts: string): PropertyDecorator {
  const matches = typeof rule === 'function' ? rule : (text: string): boolean => rule.test(text);
  return validate((value) => typeof value === 'string' && matches(value), accepts);
}

/** Requires a whole number in decimal digits, from `min` to `max`. @param note explains the number in the message */
export function WholeNumber(min: number, max: number, note?: string): PropertyDecorator {
  const message = `a whole number from ${min} to ${max}${note === undefined ? '' : ` (${note})`}`;
  return applyDecorators(
    parse((text) => (/^\d{1,15}$/.test(text) ? Number(text) : text)),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

/** Requires a boolean, written as one of two words. */
export function Switch(on: string, off: string): PropertyDecorator {
  return applyDecorators(
    parse((text) => (text === on ? true : text === off ? false : text)),
    IsIn([true, false], { message: `${on} or ${off}` }),
  );
}

/** Requires items separated by commas. Spaces around items and empty items are removed. */
export function List(isItem: (item: string) => boolean, accepts: string): PropertyDecorator {
  return applyDecorators(
    parse(itemsOf),
    validate((value) => isListOf(isItem, value), accepts),
  );
}

/** Requires addresses and networks of proxies, or the number of proxies that every request passes. */
export function TrustedProxies(): PropertyDecorator {
  return applyDecorators(
    parse((text) => (/^[1-9]$/.test(text) ? Number(text) : itemsOf(text))),
    validate(
      (value) => typeof value === 'number' || isListOf(isAddressRange, value),
      'addresses and networks like 10.0.0.0/8, separated by commas, or a number of proxies from 1 to 9',
    ),
  );
}

/** Requires hashes of API keys. The message names the first wrong entry by its position, without its content. */
export function ApiKeyEntries(): PropertyDecorator {
  return applyDecorators(
    parse((text) => {
      try {
        return configuredKeys(text);
      } catch (error) {
        if (error instanceof ConfiguredKeysInvalid) return error.message;
        throw error;
      }
    }),
    validate(
      Array.isArray,
      'name:hash[:scopes[:accounts]], as "npm run keys -- hash NAME" prints it, separated by commas ($value)',
    ),
  );
}

/** Whether a text is a `wss:` address without user and password, or a `ws:` address on loopback. */
export function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username || url.password) return false;
  return url.protocol === 'wss:' || (url.protocol === 'ws:' && isLoopback(url.hostname));
}

/** Whether a text is an origin as browsers send it: `https://office.example.com`, `http://localhost:5173`. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

/** Whether a text is a host name without port. */
export function isHostName(text: string): boolean {
  return /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(text);
}

/** Whether a text is an IP address or a network like `10.0.0.0/8`. */
function isAddressRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** @param read returns the value; returns the text itself if it is not valid */
function parse(read: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? read(value) : value));
}

function validate(isValid: (value: unknown) => boolean, accepts: string): PropertyDecorator {
  return ValidateBy({ name: 'isValid', validator: { validate: isValid } }, { message: accepts });
}

function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isListOf(isItem: (item: string) => boolean, value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => isItem(String(item)));
}
