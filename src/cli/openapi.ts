import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../app.module.js';
import { openApiDocument } from '../create-app.js';
import { configFrom } from '../config/load-config.js';

/* Writes openapi.json from the decorators. Starts no session and opens no store. */
const options: Pick<NestApplicationOptions, 'preview' | 'abortOnError' | 'logger'> = {
  preview: true,
  abortOnError: false,
  logger: false,
};
const app = await NestFactory.create<NestExpressApplication>(AppModule.forConfig(configFrom({})), options);
writeFileSync('openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
