import { PipeTransform, Type, ValidationError, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { DomainError } from '../domain/errors.js';
import { quote } from './quote.js';

function firstMessage(errors: readonly ValidationError[]): string {
  const [message] = errors.flatMap((error) => Object.values(error.constraints ?? {}));
  return message ?? 'The request is not valid.';
}

function fieldsOf(type: Type): ReadonlySet<string> {
  const all = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return new Set(all.map((metadata) => metadata.propertyName));
}

/**
 * Validates the raw object of a request against a DTO. The own keys are compared first: ValidationPipe alone lets
 * `__proto__`, `constructor`, `prototype` and `toString` pass.
 */
export class StrictValidationPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly pipe: ValidationPipe;

  constructor(private readonly type: Type) {
    this.pipe = new ValidationPipe({
      expectedType: type,
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validateCustomDecorators: true,
      exceptionFactory: (errors) => new DomainError('invalid_request', firstMessage(errors)),
    });
  }

  async transform(value: unknown): Promise<unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DomainError('invalid_request', 'The body must be a JSON object.');
    }
    const fields = fieldsOf(this.type);
    const unknown = Object.getOwnPropertyNames(value).find((name) => !fields.has(name));
    if (unknown !== undefined) {
      throw new DomainError('invalid_request', `The field ${quote(unknown)} is not known here.`);
    }
    return this.pipe.transform({ ...value }, { type: 'custom', metatype: this.type });
  }
}
