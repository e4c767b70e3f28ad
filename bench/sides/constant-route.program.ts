import 'reflect-metadata';
import { Controller, Get, Module, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/app.module.js';
import { configFrom } from '../../src/config/load-config.js';
import { AuthenticationMiddleware } from '../../src/security/guard/authentication.middleware.js';
import { listenAndServeRequests } from './service-requests.js';

@Controller('api/constant')
class ConstantController {
  @Get()
  constant(): object {
    return {
      accountId: 'default',
      status: 'pending',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    };
  }
}

/** The service with one more route, which returns a constant without any lookup. */
@Module({ imports: [AppModule.forConfig(configFrom(process.env))], controllers: [ConstantController] })
class ConstantModule {}

const options: Pick<NestApplicationOptions, 'bodyParser' | 'logger'> = {
  bodyParser: false,
  logger: ['error'],
};
const app = await NestFactory.create<NestExpressApplication>(ConstantModule, options);
app.disable('x-powered-by');
// The guard of the routes under /api/whatsapp needs this middleware. The constant route has neither.
app.use('/api/whatsapp', app.get(AuthenticationMiddleware, { strict: false }).use);
app.useBodyParser('json');
await listenAndServeRequests(app);
