import { PipeTransform, Type, ValidationError, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { quote } from './quote.js';
import { RequestError } from './request.errors.js';

function firstMessage(errors: readonly ValidationError[]): string {
  const [message] = errors.flatMap((error) => Object.values(error.constraints ?? {}));
  return message ?? 'The request is not valid.';
}

function fieldsOf(type: Type): ReadonlySet<string> {
  const all = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return new Set(all.map((metadata) => metadata.propertyName));
}

/** Whether the value is a JSON object. A body parser of the host application may also return arrays or Buffers. */
export function isJsonObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The maximum depth of a body. class-transformer calls itself for each level, and overflows the stack at about 1,200. */
const MAX_DEPTH = 16;

/** Whether objects and arrays are nested deeper than `MAX_DEPTH`. */
function isTooDeep(body: object): boolean {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
  return false;
}

/**
 * Validates the raw object of a request against a DTO. It compares the object's own keys first, because ValidationPipe
 * alone accepts `__proto__`, `constructor`, `prototype` and `toString`.
 */
export class StrictValidationPipe<T extends object> implements PipeTransform<unknown, Promise<T>> {
  private readonly pipe: ValidationPipe;
  private readonly fields: ReadonlySet<string>;

  constructor(private readonly type: Type<T>) {
    this.fields = fieldsOf(type);
    this.pipe = new ValidationPipe({
      expectedType: type,
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validateCustomDecorators: true,
      exceptionFactory: (errors) => new RequestError('invalid_request', firstMessage(errors)),
    });
  }

  /** @throws DomainError `invalid_request` */
  async transform(value: unknown): Promise<T> {
    if (!isJsonObject(value)) throw new RequestError('invalid_request', 'The body must be a JSON object.');
    const unknown = Object.getOwnPropertyNames(value).find((name) => !this.fields.has(name));
    if (unknown !== undefined) {
      throw new RequestError('invalid_request', `The field ${quote(unknown)} is not known. Remove it.`);
    }
    if (isTooDeep(value)) {
      throw new RequestError('invalid_request', `The body has more than ${MAX_DEPTH} levels. Remove some.`);
    }
    return (await this.pipe.transform({ ...value }, { type: 'custom', metatype: this.type })) as T;
  }
}
