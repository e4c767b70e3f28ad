import { HttpStatus } from '@nestjs/common';
import accepts from 'accepts';
import { drawQrOnce, MEDIA_TYPES, QR_FORMATS, type QrFormat } from '../../../qr/draw-qr.js';
import type { CurrentQr } from '../../pairing.service.js';
import {
  rawRequest,
  rawResponse,
  send,
  takeOver,
  type HttpRequest,
  type HttpResponse,
} from './http-exchange.js';
import { RequestError } from './request.errors.js';

const CONTENT_TYPES: Readonly<Record<QrFormat, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

function knownTags({ headers }: HttpRequest): readonly string[] {
  const header = headers['if-none-match'] ?? '';
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

async function bodyOf(code: CurrentQr, format: QrFormat): Promise<string | Buffer> {
  const { value, sequence, of, expiresAt } = code;
  return format === 'json' ? JSON.stringify({ value, sequence, of, expiresAt }) : drawQrOnce(code, format);
}

/** The answer with a QR code in the format that the client accepts, or 304 when the client has it already. */
export class QrReply {
  private readonly format: QrFormat;
  private readonly known: readonly string[];
  private readonly closing = new AbortController();

  /** @throws DomainError `not_acceptable` */
  constructor(
    request: HttpRequest,
    private readonly response: HttpResponse,
    format: QrFormat | undefined,
  ) {
    const raw = rawResponse(response);
    raw.setHeader('Vary', 'Accept');
    raw.once('close', () => {
      this.closing.abort();
    });
    this.known = knownTags(request);
    this.format = format ?? this.acceptedBy(request);
  }

  /** Whether the client does not have this code in this format yet. */
  readonly isNew = (code: CurrentQr): boolean =>
    !this.known.includes('*') && !this.known.includes(this.etagOf(code));

  /** Aborts when the client has disconnected. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  async send(code: CurrentQr): Promise<void> {
    const body = this.isNew(code) ? await bodyOf(code, this.format) : null;
    const response = takeOver(this.response);
    if (response.headersSent || response.destroyed) return;
    response.setHeader('ETag', this.etagOf(code));
    if (body !== null) {
      send(response, HttpStatus.OK, CONTENT_TYPES[this.format], body);
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    response.statusCode = HttpStatus.NOT_MODIFIED;
    response.end();
  }

  private acceptedBy(request: HttpRequest): QrFormat {
    const accepted = accepts(rawRequest(request)).type(QR_FORMATS.map((format) => MEDIA_TYPES[format]));
    const format = QR_FORMATS.find((candidate) => MEDIA_TYPES[candidate] === accepted);
    if (format) return format;
    throw new RequestError(
      'not_acceptable',
      'No format in `Accept` is available. Accept SVG, PNG, text or JSON.',
    );
  }

  private etagOf({ sessionId, sequence }: CurrentQr): string {
    return `"${sessionId}-${sequence}-${this.format}"`;
  }
}
