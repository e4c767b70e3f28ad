import type { ConnectionEnd } from '../../whatsapp/domain/session/connection-end.js';
import { AuthStateCorrupt, StorageFailed } from '../../whatsapp/domain/errors.js';
import {
  AcceptanceFailed,
  CodeRefused,
  KeepAliveTimeout,
  PairingForged,
  PasskeyRequired,
  ServerUntrusted,
  StanzaTooLarge,
  UpgradeRefused,
} from '../baileys.errors.js';

/** The fields used here of `lastDisconnect.error`, or of an error that a listener threw. */
interface Report {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly data?: unknown;
  readonly output?: { readonly statusCode?: unknown };
}

/**
 * Returns how an attempt ended, in terms of the domain. Own error classes come first, then WhatsApp's reason, then
 * the network error.
 * @param error the error that Baileys passed on; undefined when it closed without a reason
 * @param tcpError the error of the TCP connection, when the operating system reported one
 */
export function connectionEndOf(
  error: unknown,
  tcpError: NodeJS.ErrnoException | null = null,
): ConnectionEnd {
  if (isUntrusted(error) || tcpError instanceof ServerUntrusted) return { kind: 'server_untrusted' };
  if (error instanceof StanzaTooLarge) return { kind: 'stanza_too_large', excess: error.excess };
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
  // Baileys' own check of the certificate chain. A refusal by WhatsApp with 400 is a "Connection Failure".
  if (statusCode === 400) return { kind: 'server_untrusted' };
  // A `logout()` that other code called on the socket. Baileys ends the socket without waiting for WhatsApp.
  if (statusCode === 401) return { kind: 'network', problem: 'closed' };
  if (statusCode === 408) return { kind: 'silent' };
  if (statusCode === 428) return tcpError ? networkEnd(tcpError) : { kind: 'network', problem: 'closed' };
  return protocolError(message);
}

/** `<stream:error code="515"/>`, or with a child such as `<conflict type="replaced"/>`, which then is the data. */
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

/** The error itself, or the one of the TCP connection inside Baileys' report. */
function isUntrusted(error: unknown): boolean {
  return error instanceof ServerUntrusted || (isObject(error) && error['data'] instanceof ServerUntrusted);
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
