import { readFileSync } from 'node:fs';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Request } from 'express';
import { AppModule, type ServiceTimings } from './app.module.js';
import type { Config } from './config/load-config.js';
import { corsOptions } from './server/cors-options.js';
import { DEFAULT_HTTP_LIMITS, limitServer } from './server/http-limits.js';
import { exceptHealthChecks } from './server/health-checks.js';
import { ConnectionTracker } from './server/connection-tracker.js';
import { answerMalformedRequests } from './server/malformed-requests.js';
import { securityHeaders } from './server/security-headers.js';
import { limitConditionalAnswers } from './server/conditional-answers.js';
import { ServiceExceptionFilter } from './server/service-exception.filter.js';
import { ApiKeys } from './security/keys/api-keys.js';
import { assertSecureBinding } from './security/guard/secure-binding.js';
import { documentSecurity } from './security/api/security.openapi.js';
import { AuthenticationMiddleware } from './security/guard/authentication.middleware.js';
import { RateLimits } from './security/limits/rate-limits.js';
import { ServiceLogger } from './logging/service.logger.js';
import { isLoopback } from './whatsapp/domain/loopback.js';
import { MAX_BODY_BYTES } from './whatsapp/api/http/request-input.js';

const DESCRIPTION = `Links WhatsApp accounts to a backend by QR code, keeps them linked, and unlinks them cleanly.

**Access**: while there is no API key, every client that can reach the service may call it. As soon as there is one, every
call needs a key (\`npm run keys -- create NAME\`; press Authorize). The description of each route names the scope that the
key needs.

**To link an account**, press \`POST /api/whatsapp/pair\`, then \`GET /api/whatsapp/pair/qr\`, and scan the code with
WhatsApp › Linked devices.

Every error answer is \`{ ok: false, statusCode, error, code, message }\`; \`code\` is stable. In addition to the errors of
its route, any request can be answered with \`invalid_request\` (400, not valid HTTP), \`not_found\` (404, no such route),
\`request_timeout\` (408), \`headers_too_large\` (431), \`internal_error\` (500) or, during a shutdown, \`shutting_down\`
(503).`;

/** Whether the body is parsed. Routes of other methods and media types refuse a body without reading it. */
function mayHaveBody(request: Request): boolean {
  return !['GET', 'HEAD', 'DELETE'].includes(request.method) && request.is('application/json') !== false;
}

/** Returns the version in package.json. The built file is two levels below it, in `dist/src`. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Returns the OpenAPI document of a running application. */
export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setTitle('nestjs-whatsapp-pairing')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .build();
  return documentSecurity(SwaggerModule.createDocument(app, info));
}

/**
 * Checks that the service may listen on this address; otherwise closes the application and its store.
 * @throws InsecureBinding
 */
async function refuseInsecureBinding(app: NestExpressApplication, config: Config): Promise<void> {
  const { HOST: host, WHATSAPP_ALLOW_ANONYMOUS: allowsAnonymous } = config;
  try {
    const keys = app.get(ApiKeys, { strict: false });
    assertSecureBinding(keys, { host, isLoopback: isLoopback(host), allowsAnonymous });
  } catch (error) {
    await app.close();
    throw error;
  }
}

/**
 * Creates the standalone service, ready to listen.
 * @param timings internal: shorter durations for tests
 */
export async function createApp(
  config: Config,
  { http, ...timings }: ServiceTimings = {},
): Promise<NestExpressApplication> {
  const options: Pick<NestApplicationOptions, 'bodyParser' | 'abortOnError' | 'logger'> = {
    bodyParser: false,
    abortOnError: false,
    logger: new ServiceLogger({
      level: config.LOG_LEVEL,
      json: config.NODE_ENV === 'production',
      phoneNumbers: config.LOG_PHONE_NUMBERS,
    }),
  };
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forConfig(config, timings), options);
  await refuseInsecureBinding(app, config);
  app.disable('x-powered-by');
  limitConditionalAnswers(app.getHttpAdapter().getInstance());
  app.set('trust proxy', config.WHATSAPP_TRUSTED_PROXIES);
  const limits = { ...DEFAULT_HTTP_LIMITS, ...http };
  limitServer(app.getHttpServer(), limits);
  const connections = app.get(ConnectionTracker, { strict: false });
  connections.watch(app.getHttpServer(), limits.connections);
  app.use(securityHeaders);
  app.use(connections.track);
  if (config.WHATSAPP_CORS_ORIGINS.length > 0) app.enableCors(corsOptions(config.WHATSAPP_CORS_ORIGINS));
  app.use(app.get(AuthenticationMiddleware, { strict: false }).use);
  app.use(exceptHealthChecks(app.get(RateLimits, { strict: false }).track));
  app.useBodyParser('json', {
    limit: MAX_BODY_BYTES,
    type: (request) => mayHaveBody(request as Request),
  });
  app.useGlobalFilters(new ServiceExceptionFilter());
  answerMalformedRequests(app.getHttpServer());
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    // No YAML: each request takes 20 ms, so the 3,000 requests per minute of one client would keep the process busy.
    raw: ['json'],
  });
  return app;
}
