import { HttpStatus } from '@nestjs/common';
import type { Request, Response } from 'express';
import { drawQr, MEDIA_TYPES, QR_FORMATS } from '../../../qr/draw-qr.js';
import type { QrFormat } from '../../../qr/draw-qr.js';
import { DomainError } from '../../domain/errors.js';
import type { QrRequest } from '../dto/qr.request.dto.js';
import type { CurrentQr } from '../../pairing-progress.js';
import type { PairingService } from '../../pairing.service.js';
import { assertCanSeeCodes, onRevoked } from './caller.js';
import { send } from './send.js';

function formatFor(request: Request, asked: QrFormat | undefined): QrFormat {
  if (asked) return asked;
  const accepted = request.accepts(QR_FORMATS.map((format) => MEDIA_TYPES[format]));
  const format = QR_FORMATS.find((candidate) => MEDIA_TYPES[candidate] === accepted);
  if (format) return format;
  throw new DomainError('not_acceptable', 'The code can be sent as SVG, PNG, text or JSON.');
}

function etagOf({ sessionId, sequence }: CurrentQr, format: QrFormat): string {
  return `"${sessionId}-${sequence}-${format}"`;
}

function knownTags(request: Request): readonly string[] {
  const header = request.headers['if-none-match'] ?? '';
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

async function bodyOf(code: CurrentQr, format: QrFormat): Promise<string | Buffer> {
  const { value, sequence, of, expiresAt } = code;
  return format === 'json' ? JSON.stringify({ value, sequence, of, expiresAt }) : drawQr(value, format);
}

/** The code on the screen in the format that was asked for, waiting for news where the request says so. */
export async function respondWithQr(
  request: Request,
  response: Response,
  pairing: PairingService,
  { accountId, format: asked, waitMs }: QrRequest,
): Promise<void> {
  assertCanSeeCodes(request);
  response.setHeader('Vary', 'Accept');
  const format = formatFor(request, asked);
  const known = knownTags(request);
  const isNews = (shown: CurrentQr): boolean =>
    !known.includes('*') && !known.includes(etagOf(shown, format));
  const waiting = new AbortController();
  const giveUp = (): void => {
    waiting.abort();
  };
  response.once('close', giveUp);
  const letGo = onRevoked(request, giveUp);
  const code = await pairing.qr(accountId, { waitMs, isNew: isNews, signal: waiting.signal }).finally(() => {
    letGo();
    assertCanSeeCodes(request);
  });
  const body = isNews(code) ? await bodyOf(code, format) : null;
  if (response.destroyed) return;
  response.setHeader('ETag', etagOf(code, format));
  if (body !== null) {
    send(response, HttpStatus.OK, MEDIA_TYPES[format], body);
    return;
  }
  response.setHeader('Cache-Control', 'no-store');
  response.status(HttpStatus.NOT_MODIFIED).end();
}
