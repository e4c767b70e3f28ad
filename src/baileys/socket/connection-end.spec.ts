import { describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from '../../whatsapp/domain/session/connection-end.js';
import { AuthStateCorrupt, StorageFailed } from '../../whatsapp/domain/errors.js';
import {
  AcceptanceFailed,
  CodeRefused,
  PairingForged,
  PasskeyRequired,
  ServerUntrusted,
  UpgradeRefused,
} from '../baileys.errors.js';
import { connectionEndOf } from './connection-end.js';

/** An error with the fields of Baileys' Boom that matter here. */
function report(message: string, statusCode: number, data: unknown = null): Error {
  return Object.assign(new Error(message), { data, output: { statusCode } });
}

function systemError(code: string, message = code): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

function webSocketError(error: Error, statusCode = 408): Error {
  return report(`WebSocket Error (${error.message})`, statusCode, error);
}

function stanza(tag: string, attrs: Record<string, string>): object {
  return { tag, attrs };
}

const TABLE: readonly (readonly [string, unknown, ConnectionEnd])[] = [
  ['an untrusted server', new ServerUntrusted('x'), { kind: 'server_untrusted' }],
  ['a forged pairing', new PairingForged('x'), { kind: 'pairing_forged' }],
  ['a device that was not stored', new AcceptanceFailed('x'), { kind: 'storage_failed' }],
  ['a store that failed', new StorageFailed(), { kind: 'storage_failed' }],
  ['a stored key that cannot be decoded', new AuthStateCorrupt(), { kind: 'storage_failed' }],
  ['an account that requires its passkey', new PasskeyRequired(), { kind: 'passkey_required' }],
  [
    'a phone code that is refused',
    new CodeRefused(429, 'rate-overlimit'),
    { kind: 'code_refused', code: 429, detail: 'rate-overlimit' },
  ],
  ['a refused upgrade', new UpgradeRefused(503), { kind: 'upgrade_refused', status: 503 }],

  [
    'the restart after pairing',
    report('Stream Errored (restart required)', 515, stanza('stream:error', { code: '515' })),
    whatsapp(515),
  ],
  [
    'a replaced connection',
    report('Stream Errored (conflict)', 440, stanza('conflict', { type: 'replaced' })),
    whatsapp(440, 'replaced'),
  ],
  [
    'a removed device',
    report('Stream Errored (conflict)', 401, stanza('conflict', { type: 'device_removed' })),
    whatsapp(401, 'device_removed'),
  ],
  [
    'a stream error without a code',
    report('Stream Errored (ack)', 500, stanza('ack', { class: 'x' })),
    whatsapp(500, 'ack'),
  ],
  [
    'a refused login',
    report('Connection Failure', 401, { reason: '401', location: 'odn' }),
    whatsapp(401, 'odn'),
  ],
  ['a refusal with 400', report('Connection Failure', 400, { reason: '400' }), whatsapp(400)],
  [
    'a temporary ban',
    report('Connection Failure', 402, { reason: '402', code: '101', expire: '60' }),
    { ...whatsapp(402, '101'), expiresInMs: 60_000 },
  ],
  ['a ban with an invalid end', report('Connection Failure', 402, { expire: 'soon' }), whatsapp(402)],
  ['an account without multi-device', report('Multi-device beta not joined', 411), whatsapp(411)],

  [
    'a certificate that Baileys itself refused',
    report('invalid noise leaf certificate', 400),
    { kind: 'server_untrusted' },
  ],
  ['a lost keep-alive', report('Connection was lost', 408), { kind: 'silent' }],
  ['a handshake without an answer', report('Timed Out', 408, { stack: '' }), { kind: 'silent' }],
  [
    'an upgrade without an answer',
    webSocketError(new Error('Opening handshake has timed out')),
    { kind: 'silent' },
  ],
  ['a TCP connection without an answer', webSocketError(systemError('ETIMEDOUT')), { kind: 'silent' }],
  ['a refused connection', webSocketError(systemError('ECONNREFUSED')), network('refused')],
  ['a name that does not exist', webSocketError(systemError('ENOTFOUND')), network('dns')],
  ['a resolver that does not answer', webSocketError(systemError('EAI_AGAIN')), network('dns')],
  [
    'a reset before the upgrade',
    webSocketError(systemError('ECONNRESET', 'socket hang up')),
    network('lost'),
  ],
  ['an expired TLS certificate', webSocketError(systemError('CERT_HAS_EXPIRED'), 500), network('tls')],
  ['a foreign TLS certificate', webSocketError(systemError('ERR_TLS_CERT_ALTNAME_INVALID')), network('tls')],
  [
    'a self-signed TLS certificate',
    webSocketError(systemError('DEPTH_ZERO_SELF_SIGNED_CERT'), 500),
    network('tls'),
  ],
  [
    'something that does not speak TLS',
    webSocketError(systemError('ERR_SSL_WRONG_VERSION_NUMBER')),
    network('tls'),
  ],
  ['a network that is down', webSocketError(systemError('ENETUNREACH')), network('other')],
  [
    'something that does not speak HTTP',
    webSocketError(systemError('HPE_INVALID_CONSTANT'), 500),
    network('other'),
  ],
  [
    'a broken WebSocket frame',
    webSocketError(systemError('WS_ERR_INVALID_OPCODE', 'bad opcode'), 500),
    protocol('bad opcode'),
  ],
  ['a bare system error', systemError('EPIPE'), network('lost')],

  ['a logout() that other code called', report('Intentional Logout', 401), network('closed')],
  ['a closed connection', report('Connection Terminated', 428), network('closed')],
  ['no reason at all', undefined, network('closed')],
  ['a number, as ws reports a close', 1006, network('closed')],
  ['a frame that does not decrypt', new Error('Unsupported state'), protocol('Unsupported state')],
  ['an unknown report', report('Something new', 500), protocol('Something new')],
  ['an error without a message', new Error(''), protocol('unknown')],
];

describe('connectionEndOf', () => {
  it.each(TABLE)('connectionEndOf translates %s', (_what, error, end) => {
    expect(connectionEndOf(error)).toEqual(end);
  });

  it('a closed connection is reported with the cause that the operating system gives', () => {
    const closed = report('Connection Terminated', 428);
    expect(connectionEndOf(closed, systemError('ECONNRESET'))).toEqual(network('lost'));
    expect(connectionEndOf(closed, systemError('ETIMEDOUT'))).toEqual({ kind: 'silent' });
  });

  it('WhatsApp’s own reason is kept when the connection broke right after it', () => {
    const restart = report('Stream Errored (restart required)', 515, stanza('stream:error', { code: '515' }));
    expect(connectionEndOf(restart, systemError('ECONNRESET'))).toEqual(whatsapp(515));
  });

  it('a long detail is cut', () => {
    expect(connectionEndOf(new Error('x'.repeat(1_000)))).toEqual(protocol('x'.repeat(200)));
  });
});

function whatsapp(code: number, detail: string | null = null): Extract<ConnectionEnd, { kind: 'whatsapp' }> {
  return { kind: 'whatsapp', code, detail };
}

function network(problem: Extract<ConnectionEnd, { kind: 'network' }>['problem']): ConnectionEnd {
  return { kind: 'network', problem };
}

function protocol(detail: string): ConnectionEnd {
  return { kind: 'protocol_error', detail };
}
