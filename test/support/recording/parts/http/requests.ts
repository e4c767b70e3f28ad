import { NO_SERVER, UNHURRIED } from '../../harness.js';
import type { Part } from '../../part.js';
import { HASTY, sendsBytes, sendsTooSlowly } from './bad-http.js';
import { sendsBadRequests } from './bad-requests.js';
import { readsRoutes } from './routes.js';

export const requests: Part = {
  about: 'requests to each route, good and bad',
  async record(start) {
    const [recorder, hasty] = await Promise.all([
      start({ server: NO_SERVER }),
      start({ server: NO_SERVER, timings: { ...UNHURRIED, http: HASTY } }),
    ]);
    await readsRoutes(recorder);
    await sendsBadRequests(recorder);
    await sendsBytes(recorder);
    await sendsTooSlowly(hasty);
  },
};
