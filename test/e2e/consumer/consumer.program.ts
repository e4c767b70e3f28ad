import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConsumerModule } from './consumer.module.js';
import type { ConsumerSettings } from './consumer.module.js';

/* Runs the application in its own process. The first argument has its settings as JSON. */

const settings = JSON.parse(process.argv[2] ?? '{}') as ConsumerSettings;
const app = await NestFactory.create(ConsumerModule.with(settings));
app.enableShutdownHooks();
process.on('disconnect', () => void app.close());
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
