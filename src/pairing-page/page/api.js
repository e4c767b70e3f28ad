import { authorization } from './secret.js';

/** Calls of the API, relative to the page: it may stand below a path. */
const BASE = new URL('api/whatsapp/', document.baseURI);

/** Long enough for `disconnect`, which waits for WhatsApp's answer for 10 s, and connects for it. */
const CALL_MS = 30_000;
const READ_MS = 8_000;

/**
 * @typedef {{ code: string, message: string }} Refusal what the service says no with
 * @typedef {Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }} Asked
 */

/** What the service says no with, or that it says nothing. */
export class CallFailed extends Error {
  /**
   * @param {string} message one sentence for the person
   * @param {string | null} code the API's; null: there was no answer
   * @param {number | null} retryAfterS
   */
  constructor(message, code, retryAfterS = null) {
    super(message);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** @param {string} path @param {Record<string, string | number | null>} query */
export function address(path, query) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** Asks the service, as whoever is at this page. @param {string} url @param {Asked} request */
export function ask(url, { headers, ...request }) {
  return fetch(url, { ...request, headers: { ...headers, ...authorization() }, cache: 'no-store' });
}

/** @param {Response} response one that says no @returns {Promise<Refusal | null>} null: there is something else between it and us */
export async function refusalOf(response) {
  /** @type {unknown} */
  const body = await response.json().catch(() => null);
  const { code, message } = /** @type {Partial<Refusal>} */ (body ?? {});
  return code === undefined || message === undefined ? null : { code, message };
}

/**
 * @param {string} url @param {Asked} request
 * @returns {Promise<{ body: unknown, at: number }>} `at`: when it was answered, by the clock of the service
 * @throws {CallFailed}
 */
async function call(url, request) {
  const response = await ask(url, request).catch(() => null);
  if (response && !response.ok) {
    const refusal = await refusalOf(response);
    const message = refusal?.message ?? `The service answers with ${response.status}.`;
    throw new CallFailed(message, refusal?.code ?? '', Number(response.headers.get('retry-after')) || null);
  }
  /** @type {unknown} */
  const body = await response?.json().catch(() => undefined);
  if (!response || body === undefined) throw new CallFailed('The service does not answer.', null);
  return { body, at: Date.parse(response.headers.get('date') ?? '') };
}

/** @param {string} path @param {Record<string, string | number | null>} query */
export function read(path, query) {
  return call(address(path, query), { signal: AbortSignal.timeout(READ_MS) });
}

/** @param {string} path @param {Record<string, string>} body */
export async function post(path, body) {
  await call(address(path, {}), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_MS),
  });
}
