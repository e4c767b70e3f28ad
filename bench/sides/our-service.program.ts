import 'reflect-metadata';
import { configFrom } from '../../src/config/load-config.js';
import { createApp } from '../../src/create-app.js';
import { listenAndServeRequests } from './service-requests.js';

/* The standalone service, as `npm start` starts it. */
await listenAndServeRequests(await createApp(configFrom(process.env)));
