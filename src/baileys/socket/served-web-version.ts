import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { addAbortSignal } from 'node:stream';
import { isWebVersion, type WebVersion } from '../../whatsapp/domain/web-version.js';

/** The service worker of WhatsApp Web has about 100 KiB. A larger answer is another file. */
const LARGEST_BYTES = 4 * 2 ** 20;
const MOST_REDIRECTS = 3;

/**
 * The fewest headers with which WhatsApp answers, according to Baileys' `fetchLatestWaWebVersion`, and the headers
 * that `fetch` adds.
 */
const HEADERS = {
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'none',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
};

/** The pattern of Baileys' `fetchLatestWaWebVersion`, which also requires that the number ends after its digits. */
const CLIENT_REVISION = /\\?"client_revision\\?":\s*(\d+)(?![\w.])/;

/**
 * Returns the newest version of WhatsApp Web, from the service worker at the host of `serverUrl`.
 * Baileys' own function has no time limit and no size limit, always requests WhatsApp's host, and returns the pinned
 * version on failure.
 * @param signal bounds the request
 * @throws Error when there is no answer, or no version in it
 */
export async function servedWebVersion(serverUrl: URL, signal: AbortSignal): Promise<WebVersion> {
  const secure = serverUrl.protocol === 'wss:';
  const text = await textAt(new URL(`${secure ? 'https' : 'http'}://${serverUrl.host}/sw.js`), signal);
  const version = [2, 3000, Number(CLIENT_REVISION.exec(text)?.[1] ?? 0)];
  if (version[2] === 0 || !isWebVersion(version)) throw new Error('sw.js names no client_revision');
  return version;
}

/** @throws Error for a redirect to another host, because only WhatsApp's own host is trusted */
async function textAt(start: URL, signal: AbortSignal): Promise<string> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await answerOf(url, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode <= 299) return boundedText(response, signal);
    response.destroy();
    const { location } = headers;
    if (statusCode < 300 || statusCode > 399 || location === undefined) {
      throw new Error(`sw.js was answered with HTTP ${statusCode}`);
    }
    url = new URL(location, url);
    if (url.origin !== start.origin) throw new Error('sw.js was redirected to another host');
  }
  throw new Error('sw.js was redirected too often');
}

/**
 * Sends the request without `fetch`, which obeys NODE_TLS_REJECT_UNAUTHORIZED. A host application can also give
 * `fetch` a dispatcher that verifies nothing.
 */
function answerOf(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { headers: HEADERS, signal };
    const request =
      url.protocol === 'https:'
        ? https.get(url, { ...options, agent: new https.Agent({ rejectUnauthorized: true }) })
        : http.get(url, { ...options, agent: new http.Agent() });
    request.once('error', reject);
    request.once('response', resolve);
  });
}

async function boundedText(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // A throw in the loop destroys the response and its connection.
  for await (const chunk of addAbortSignal(signal, response) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BYTES) throw new Error(`sw.js is larger than ${LARGEST_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('latin1');
}
