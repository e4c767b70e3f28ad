import type { Part } from './part.js';
import { account } from './parts/accounts/account.js';
import { codes } from './parts/accounts/codes.js';
import { events } from './parts/accounts/events.js';
import { failures } from './parts/accounts/failures.js';
import { shutdown } from './parts/accounts/shutdown.js';
import { storeFailures } from './parts/accounts/store-failures.js';
import { crossOrigin } from './parts/http/cross-origin.js';
import { keys } from './parts/http/keys.js';
import { limits } from './parts/http/limits.js';
import { pageLinks } from './parts/http/page-links.js';
import { requests } from './parts/http/requests.js';

/** All parts of the recording in order. */
export const PARTS: readonly Part[] = [
  account,
  codes,
  events,
  requests,
  keys,
  pageLinks,
  crossOrigin,
  limits,
  storeFailures,
  failures,
  shutdown,
];
