import { authorization } from './secret.js';

/** The address of the API, relative to the page, which may be below a path. */
const BASE = new URL('api/whatsapp/', document.baseURI);

/** Longer than `disconnect` needs, which connects and then waits 10 s for WhatsApp's answer. */
const CALL_MS = 30_000;
export const READ_MS = 8_000;

/**
 * @typedef {{ code: string, message: string }} Refusal an error answer of the service
 * @typedef {Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }} ApiRequest
 */

/** A call that the service refused or did not answer. */
export class CallFailed extends Error {
  /**
   * @param {string} message a text for the user
   * @param {string | null} code the error code of the API; null: there was no answer
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

/** Sends a request with the credential of the page. @param {string} url @param {ApiRequest} request */
export function fetchApi(url, { headers, ...request }) {
  return fetch(url, { ...request, headers: { ...headers, ...authorization() }, cache: 'no-store' });
}

/**
 * @param {Response} response an error answer
 * @returns {Promise<Refusal | null>} null: the answer is not from the service, but for example from a proxy
 */
export async function refusalOf(response) {
  /** @type {unknown} */
  const body = await response.json().catch(() => null);
  const { code, message } = /** @type {Partial<Refusal>} */ (body ?? {});
  return code === undefined || message === undefined ? null : { code, message };
}

/**
 * @param {string} url @param {ApiRequest} request
 * @returns {Promise<{ body: unknown, at: number }>} `at`: when it was answered, by the clock of the service
 * @throws {CallFailed}
 */
async function call(url, request) {
  const response = await fetchApi(url, request).catch(() => null);
  if (response && !response.ok) {
    const refusal = await refusalOf(response);
    const message =
      refusal?.message ?? `The service answered with the error ${response.status}. Try again later.`;
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
