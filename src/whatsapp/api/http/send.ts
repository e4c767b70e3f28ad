import type { Response } from 'express';

/**
 * Ends a response whose body no cache may keep. Not `send()` or `json()`: a host's settings (spaces, replacer, ETag) would
 * change what is sent. The length is told to HEAD as well.
 */
export function send(response: Response, status: number, type: string, body: string | Buffer): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.status(status).type(type).end(body);
}
