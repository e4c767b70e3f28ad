import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HttpStatus, Injectable, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Browsers keep the files but revalidate them each time: after an update no page mixes old and new files.
  'Cache-Control': 'no-cache',
  Vary: 'Accept-Encoding',
};

/**
 * The headers of documents. The page shows codes that link accounts, so it loads only from this service, no other page
 * can embed it, and injected scripts cannot run.
 */
const DOCUMENT_HEADERS = {
  ...HEADERS,
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
};
const DOCUMENTS = /^(text\/html|image\/svg)/;

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

function pageFile(type: string, plain: Buffer): PageFile {
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { type, etag, plain, zipped: gzipSync(plain, { level: 9 }) };
}

/** The files of the page (`./page/`), read once at the start. */
@Injectable()
export class PageFiles {
  private readonly files = new Map<string, PageFile>();

  constructor() {
    const directory = new URL('./page/', import.meta.url);
    for (const name of readdirSync(directory)) {
      const type = MEDIA_TYPES[extname(name)];
      if (type) this.files.set(name, pageFile(type, readFileSync(new URL(name, directory))));
    }
  }

  /** @throws NotFoundException */
  send(name: string, request: Request, response: Response): void {
    const file = this.files.get(name);
    if (!file) throw new NotFoundException();
    response
      .set(DOCUMENTS.test(file.type) ? DOCUMENT_HEADERS : HEADERS)
      .set('ETag', file.etag)
      .type(file.type);
    if (request.fresh) {
      response.status(HttpStatus.NOT_MODIFIED).end();
      return;
    }
    const zipped = request.acceptsEncodings('gzip') === 'gzip';
    const body = zipped ? file.zipped : file.plain;
    if (zipped) response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Length', body.length);
    response.end(body);
  }
}
