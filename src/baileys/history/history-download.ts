import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';
import { isLoopback } from '../../whatsapp/domain/loopback.js';
import { DOWNLOAD_MS, MOST_COMPRESSED_BYTES } from './reading/history-limits.js';
import { HistoryRefused } from './reading/history.errors.js';

/** How Baileys' own downloads are made: headers, and the dispatcher that restricts their hosts. */
export type FetchOptions = UserFacingSocketConfig['options'];

/** A path with one leading slash: it cannot change the host that it is appended to. */
const PATH = /^\/(?![/\\])[\x21-\x7e]{1,2048}$/;

/** Returns the media host of this server, without a path. A simulated server on loopback is its own media host. */
export function mediaOrigin(serverUrl: URL): string {
  if (!isLoopback(serverUrl.hostname)) return 'https://mmg.whatsapp.net';
  return `${serverUrl.protocol === 'wss:' ? 'https' : 'http'}://${serverUrl.host}`;
}

/**
 * Returns the file at this path of the media host. Bounded in size and in time; redirects are refused.
 * @throws HistoryRefused `download_failed` or `too_large`
 */
export async function downloadHistory(
  origin: string,
  directPath: string | null | undefined,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (!directPath || !PATH.test(directPath)) throw new HistoryRefused('download_failed');
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_MS)]);
  try {
    const headers = { ...(options?.headers as Record<string, string>), origin: 'https://web.whatsapp.com' };
    const init = { ...options, method: 'GET', headers, redirect: 'error', signal: bounded } as RequestInit;
    const response = await fetch(new URL(directPath, origin), init);
    if (!response.ok || !response.body) throw new HistoryRefused('download_failed');
    return await boundedBody(response.body);
  } catch (error) {
    throw error instanceof HistoryRefused ? error : new HistoryRefused('download_failed');
  }
}

/** Leaving the loop early cancels the download. */
async function boundedBody(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MOST_COMPRESSED_BYTES) throw new HistoryRefused('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
