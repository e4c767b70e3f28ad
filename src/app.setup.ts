import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { json } from 'express';
import { AppModule } from './app.module.js';
import { LOG_LEVELS } from './config/environment.js';
import type { Config } from './config/load-config.js';
import type { SessionTimings } from './whatsapp/domain/session-timings.js';
import { WhatsappExceptionFilter } from './whatsapp/http/whatsapp-exception.filter.js';

/** The contract's bound for a body. */
const BODY_LIMIT = '16kb';

/** The OpenAPI document of the application as it runs. */
export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setTitle('nestjs-whatsapp-pairing')
    .setDescription(
      'Links WhatsApp accounts to a backend by QR code, keeps the link, and takes it down cleanly.',
    )
    .setVersion('1')
    .build();
  return SwaggerModule.createDocument(app, info);
}

/**
 * The standalone service, ready to listen.
 * @param timings internal: shorter durations for tests
 */
export async function createApp(
  config: Config,
  timings: Partial<SessionTimings> = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forConfig(config, timings), {
    bodyParser: false,
    abortOnError: false,
    logger: new ConsoleLogger({ logLevels: LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(config.LOG_LEVEL) + 1) }),
  });
  app.disable('x-powered-by');
  app.use(json({ limit: BODY_LIMIT, type: 'application/json' }));
  app.useGlobalFilters(new WhatsappExceptionFilter());
  app.enableShutdownHooks();
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
  return app;
}
