import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../server/metrics.js';

export const MEDIA_PATH = '/mms/';
/**
 * `silent`: accepts the request and never answers; `trickle`: the first half of the file, then one byte every 100 ms;
 * `endless`: zeros without end, as fast as the client reads; `not_found`: 404; `redirect`: 302 to another file;
 * `corrupted`: one byte of the file is changed.
 */
export const MEDIA_FAULTS = ['silent', 'trickle', 'endless', 'not_found', 'redirect', 'corrupted'] as const;
export type MediaFault = (typeof MEDIA_FAULTS)[number];

/** The fields with which a message names a file at the media host. */
interface MediaReference {
  directPath: string;
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
  fileLength: number;
}

interface StoredFile {
  readonly bytes: Buffer;
  readonly fault: MediaFault | undefined;
}

const MAC_BYTES = 10;
const TRICKLE_MS = 100;
const ZEROS = Buffer.alloc(64 * 1024);

/** The media host: encrypted files on the port of the server. */
export class MediaHost {
  private readonly files = new Map<string, StoredFile>();

  constructor(private readonly metrics: Metrics) {}

  /**
   * Encrypts a file and keeps it (Baileys' `encryptedStream`, `getMediaKeys`).
   * @param info the name of the media type in the derivation of its keys
   */
  offer(plaintext: Buffer, info: string, fault?: MediaFault): MediaReference {
    const mediaKey = randomBytes(32);
    const keys = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), info, 112));
    const iv = keys.subarray(0, 16);
    const cipher = createCipheriv('aes-256-cbc', keys.subarray(16, 48), iv);
    const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const mac = createHmac('sha256', keys.subarray(48, 80)).update(iv).update(encrypted).digest();
    const bytes = Buffer.concat([encrypted, mac.subarray(0, MAC_BYTES)]);
    const directPath = `${MEDIA_PATH}${randomBytes(8).toString('hex')}`;
    const reference = {
      directPath,
      mediaKey,
      fileSha256: sha256(plaintext),
      fileEncSha256: sha256(bytes),
      fileLength: plaintext.length,
    };
    if (fault === 'corrupted') bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    this.files.set(directPath, { bytes, fault });
    return reference;
  }

  answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    this.metrics.count('mediaRequests');
    request.resume();
    const file = this.files.get(path);
    response.setHeader('connection', 'close');
    if (!file || file.fault === 'not_found') {
      response.writeHead(404).end();
    } else if (file.fault === 'redirect') {
      response.writeHead(302, { location: `${MEDIA_PATH}redirected` }).end();
    } else if (file.fault === 'endless') {
      this.sendZeros(response);
    } else if (file.fault === 'trickle') {
      trickle(response, file.bytes);
    } else if (file.fault !== 'silent') {
      response.writeHead(200, { 'content-length': file.bytes.length }).end(file.bytes);
    }
  }

  private sendZeros(response: ServerResponse): void {
    response.on('close', () => {
      this.metrics.count('mediaGivenUp');
    });
    const send = (): void => {
      while (!response.destroyed && response.write(ZEROS));
    };
    response.on('drain', send);
    send();
  }
}

function trickle(response: ServerResponse, bytes: Buffer): void {
  response.write(bytes.subarray(0, bytes.length / 2));
  const timer = setInterval(() => response.write(ZEROS.subarray(0, 1)), TRICKLE_MS);
  response.on('close', () => {
    clearInterval(timer);
  });
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
