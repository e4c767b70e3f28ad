import 'reflect-metadata';
import { configFrom } from '../../src/config/load-config.js';
import { createApp } from '../../src/create-app.js';
import { listenAndServeRequests } from './service-requests.js';

/* The standalone service, from the modules of the build. `npm start` starts the bundle of the same code. */
await listenAndServeRequests(await createApp(configFrom(process.env)));
