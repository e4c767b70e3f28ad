import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** How long the peer may take for a step that needs no work. */
export const ANSWER_WAIT_MS = 5_000;

const SOCKET_NAME = 'store.sock';
/** `sun_path` with its terminating NUL: 108 bytes on Linux, 104 on macOS and the BSDs. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Returns the path of the control socket of a data directory: a Unix socket in it, or a named pipe on Windows. Returns
 * null when neither the absolute path nor the path from the working directory is short enough for the system.
 */
export function controlAddress(dataDirectory: string): string | null {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(realpathSync(dataDirectory)).digest('hex').slice(0, 32);
    return `\\\\.\\pipe\\whatsapp-store-${name}`;
  }
  const path = join(resolve(dataDirectory), SOCKET_NAME);
  const paths = [path, relative(process.cwd(), path)];
  return paths.find((candidate) => Buffer.byteLength(candidate) <= MAX_PATH_BYTES) ?? null;
}
