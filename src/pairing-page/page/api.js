/** Calls of the API, relative to the page: it may stand below a path. */
const BASE = new URL('api/whatsapp/', document.baseURI);

/** Long enough for `disconnect`, which waits for WhatsApp's answer for 10 s, and connects for it. */
const CALL_MS = 30_000;
const READ_MS = 8_000;

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

/** @param {string} url @param {RequestInit} request */
async function answerTo(url, request) {
  try {
    const response = await fetch(url, { ...request, cache: 'no-store' });
    /** @type {unknown} */
    const body = await response.json();
    return { response, body };
  } catch {
    throw new CallFailed('The service does not answer.', null);
  }
}

/**
 * @param {string} url @param {RequestInit} request
 * @returns {Promise<{ body: unknown, at: number }>} `at`: when it was answered, by the clock of the service
 * @throws {CallFailed}
 */
async function call(url, request) {
  const { response, body } = await answerTo(url, request);
  if (response.ok) return { body, at: Date.parse(response.headers.get('date') ?? '') };
  const { message, code } = /** @type {{ message?: string, code?: string }} */ (body);
  const retryAfterS = Number(response.headers.get('retry-after')) || null;
  throw new CallFailed(message ?? `The service answers with ${response.status}.`, code ?? '', retryAfterS);
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

/**
 * Why the service does not give the events that it was asked for, which a browser does not say.
 * @param {string} url
 * @returns {Promise<{ code: string, message: string } | null>} null: it does not answer, or it would give them now
 */
export async function refusalOf(url) {
  const enough = new AbortController();
  try {
    const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(READ_MS)]);
    const response = await fetch(url, { cache: 'no-store', signal });
    if (response.ok) return null;
    /** @type {unknown} */
    const body = await response.json();
    return /** @type {{ code: string, message: string }} */ (body);
  } catch {
    return null;
  } finally {
    enough.abort();
  }
}
