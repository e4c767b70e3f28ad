import 'reflect-metadata';
import { configFrom } from '../../src/config/load-config.js';
import { createApp } from '../../src/create-app.js';
import { serveAndAnswer } from './service-requests.js';

/* The standalone service, as `npm start` makes it. */
await serveAndAnswer(await createApp(configFrom(process.env)));
