import type { ConnectionEnd } from '../../whatsapp/domain/session/connection-end.js';
import { AuthStateCorrupt, StorageFailed } from '../../whatsapp/domain/errors.js';
import {
  AcceptanceFailed,
  CodeRefused,
  KeepAliveTimeout,
  PairingForged,
  PasskeyRequired,
  ServerUntrusted,
  UpgradeRefused,
} from '../baileys.errors.js';

/** What Baileys reports as `lastDisconnect.error`, or what a listener threw, as far as we look at it. */
interface Report {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly data?: unknown;
  readonly output?: { readonly statusCode?: unknown };
}

/**
 * How an attempt ended, in our words: own error classes first, then what WhatsApp said, then what the network did.
 * @param error what Baileys handed on; undefined when it closed without a reason
 * @param tcpError what broke the TCP connection, when the operating system said so
 */
export function connectionEndOf(
  error: unknown,
  tcpError: NodeJS.ErrnoException | null = null,
): ConnectionEnd {
  if (error instanceof ServerUntrusted) return { kind: 'server_untrusted' };
  if (error instanceof PairingForged) return { kind: 'pairing_forged' };
  if (error instanceof PasskeyRequired) return { kind: 'passkey_required' };
  if (error instanceof CodeRefused) {
    return { kind: 'code_refused', code: error.code, detail: error.detail };
  }
  if (error instanceof UpgradeRefused) return { kind: 'upgrade_refused', status: error.status };
  if (error instanceof KeepAliveTimeout) return { kind: 'silent' };
  if (isStorage(error)) return { kind: 'storage_failed' };
  if (!isObject(error)) return { kind: 'network', problem: 'closed' };

  const { data, output, message, code } = error as Report;
  if (data instanceof Error) return networkEnd(data);
  const statusCode = output?.statusCode;
  if (typeof statusCode !== 'number') {
    return typeof code === 'string' ? networkEnd(error) : protocolError(message);
  }
  if (isObject(data) && isObject(data['attrs']))
    return streamErrorEnd(statusCode, data['tag'], data['attrs']);
  if (message === 'Connection Failure') return failureEnd(statusCode, isObject(data) ? data : {});
  if (message === 'Multi-device beta not joined') return { kind: 'whatsapp', code: statusCode, detail: null };
  // Baileys' own check of the certificate chain; a refusal by WhatsApp with 400 is a "Connection Failure".
  if (statusCode === 400) return { kind: 'server_untrusted' };
  // A `logout()` that somebody called on the socket itself: Baileys ends it without waiting for WhatsApp.
  if (statusCode === 401) return { kind: 'network', problem: 'closed' };
  if (statusCode === 408) return { kind: 'silent' };
  if (statusCode === 428) return tcpError ? networkEnd(tcpError) : { kind: 'network', problem: 'closed' };
  return protocolError(message);
}

/** `<stream:error code="515"/>`, or with a child such as `<conflict type="replaced"/>`, which is then the data. */
function streamErrorEnd(code: number, tag: unknown, attrs: Record<string, unknown>): ConnectionEnd {
  if (tag === 'stream:error') return { kind: 'whatsapp', code, detail: null };
  return { kind: 'whatsapp', code, detail: text(attrs['type']) ?? text(tag) };
}

/** `<failure reason="402" code="101" expire="3600"/>`: `expire` is in seconds. */
function failureEnd(code: number, attrs: Record<string, unknown>): ConnectionEnd {
  const detail = text(attrs['message']) ?? text(attrs['code']) ?? text(attrs['location']);
  const expire = Number(attrs['expire'] ?? Number.NaN);
  return {
    kind: 'whatsapp',
    code,
    detail,
    ...(Number.isFinite(expire) && expire >= 0 ? { expiresInMs: expire * 1000 } : {}),
  };
}

function networkEnd({ code, message }: Report): ConnectionEnd {
  const name = typeof code === 'string' ? code : '';
  if (name === 'ECONNREFUSED') return { kind: 'network', problem: 'refused' };
  if (name === 'ENOTFOUND' || name === 'EAI_AGAIN') return { kind: 'network', problem: 'dns' };
  if (name === 'ECONNRESET' || name === 'EPIPE' || name === 'ECONNABORTED') {
    return { kind: 'network', problem: 'lost' };
  }
  if (name === 'ETIMEDOUT' || String(message).includes('timed out')) return { kind: 'silent' };
  if (
    /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$)/.test(name)
  ) {
    return { kind: 'network', problem: 'tls' };
  }
  if (name.startsWith('WS_ERR_')) return protocolError(message);
  return { kind: 'network', problem: 'other' };
}

function isStorage(error: unknown): boolean {
  return (
    error instanceof AcceptanceFailed || error instanceof StorageFailed || error instanceof AuthStateCorrupt
  );
}

function protocolError(message: unknown): ConnectionEnd {
  return { kind: 'protocol_error', detail: text(message)?.slice(0, 200) ?? 'unknown' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
