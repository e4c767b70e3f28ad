import { HttpStatus } from '@nestjs/common';
import type { Request, Response } from 'express';
import { drawQr, MEDIA_TYPES, QR_FORMATS } from '../../qr/draw-qr.js';
import type { QrFormat } from '../../qr/draw-qr.js';
import { DomainError } from '../domain/errors.js';
import type { QrRequest } from '../dto/qr.request.dto.js';
import type { PairingService, ShownCode } from '../pairing.service.js';

/*
 * Answers are written here and not returned from the controller: a host's global interceptor would wrap them.
 */

/** `200` with a JSON body that no cache may keep. */
export function respond(response: Response, body: object): void {
  response.setHeader('Cache-Control', 'no-store');
  // Without an ETag of its own Express would answer 304 to a conditional request.
  response.removeHeader('ETag');
  response.status(HttpStatus.OK).type('application/json').end(JSON.stringify(body));
}

function formatFor(request: Request, asked: QrFormat | undefined): QrFormat {
  if (asked) return asked;
  const accepted = request.accepts(QR_FORMATS.map((format) => MEDIA_TYPES[format]));
  const format = QR_FORMATS.find((candidate) => MEDIA_TYPES[candidate] === accepted);
  if (format) return format;
  throw new DomainError('not_acceptable', 'The code can be sent as SVG, PNG, text or JSON.');
}

function etagOf({ sessionId, sequence }: ShownCode, format: QrFormat): string {
  return `"${sessionId}-${sequence}-${format}"`;
}

function knownTags(request: Request): readonly string[] {
  const header = request.headers['if-none-match'] ?? '';
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

/** The code on the screen in the format that was asked for, waiting for news where the request says so. */
export async function respondWithQr(
  request: Request,
  response: Response,
  pairing: PairingService,
  { accountId, format: asked, waitMs }: QrRequest,
): Promise<void> {
  response.setHeader('Vary', 'Accept');
  const format = formatFor(request, asked);
  const known = knownTags(request);
  const hungUp = new AbortController();
  const onClose = (): void => {
    hungUp.abort();
  };
  response.once('close', onClose);
  const code = await pairing.code(accountId, {
    waitMs,
    isNews: (shown) => !known.includes('*') && !known.includes(etagOf(shown, format)),
    signal: hungUp.signal,
  });
  if (hungUp.signal.aborted) return;
  response.setHeader('Cache-Control', 'no-store');
  if (!code) {
    const [tag] = known;
    if (tag !== undefined) response.setHeader('ETag', tag);
    response.status(HttpStatus.NOT_MODIFIED).end();
    return;
  }
  response.setHeader('ETag', etagOf(code, format));
  response.status(HttpStatus.OK).type(MEDIA_TYPES[format]);
  const { value, sequence, of, expiresAt } = code;
  response.end(
    format === 'json' ? JSON.stringify({ value, sequence, of, expiresAt }) : await drawQr(value, format),
  );
}
