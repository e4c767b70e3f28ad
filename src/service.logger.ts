import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from '@nestjs/common';

/** Where Nest tells about its own start. */
const CHATTER: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest logs what keeps it from starting before it throws it; whoever starts the service tells it, as a sentence. */
const TOLD_BY_STARTER: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/** The log of the standalone service: Nest's start-up chatter counts as `debug`, and a line can be one JSON object. */
export class ServiceLogger extends ConsoleLogger {
  constructor({ logLevels, json }: { readonly logLevels: readonly LogLevel[]; readonly json: boolean }) {
    super({ logLevels: [...logLevels], json });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.has(rest.at(-1))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!TOLD_BY_STARTER.has(rest.at(-1))) super.error(message, ...rest);
  }
}
