import 'reflect-metadata';
import { configFrom } from '../../src/config/load-config.js';
import { createApp } from '../../src/create-app.js';
import { listenAndServeRequests } from './service-requests.js';

/* The standalone service. `bundle.mjs` bundles this program as it bundles the program of `npm start`. */
await listenAndServeRequests(await createApp(configFrom(process.env)));
