import { deflateSync } from 'node:zlib';
import type { WireAction } from '../faults/actions.js';
import type { CodeRetirement } from '../pairing/code-retirement.js';
import type { PhoneCodeRegistry } from '../phone-code/phone-code-registry.js';
import type { Connection } from '../server/connection.js';
import { failure, streamError } from '../server/failure-stanzas.js';
import { bigEndian } from '../wire/stanza.js';

/**
 * Returns the encoded stanza: a byte of flags, then the binary XML, deflated if that is wanted. Written here, because
 * Baileys' encoder needs seconds for 14 MB.
 */
function largeStanza({
  nodes = 0,
  bytes = 0,
  compressed,
}: Extract<WireAction, { type: 'large_stanza' }>): Buffer {
  const item = Buffer.from('\xf8\x01\xfc\x04item', 'latin1');
  const content =
    nodes > 0
      ? Buffer.concat([Buffer.of(0xf9), bigEndian(nodes, 2), Buffer.alloc(nodes * item.length, item)])
      : Buffer.concat([Buffer.of(0xfe), bigEndian(bytes, 4), Buffer.alloc(bytes)]);
  // <ib><list>…</list></ib>: lists of two (tag, content), texts with their length, a list of one node.
  const head = Buffer.from('\xf8\x02\xfc\x02ib\xf8\x01\xf8\x02\xfc\x04list', 'latin1');
  const encoded = Buffer.concat([head, content]);
  return Buffer.concat([Buffer.of(compressed ? 2 : 0), compressed ? deflateSync(encoded) : encoded]);
}

/** Performs the actions on connections, for faults and for direct calls. */
export class TransportActions {
  constructor(
    private readonly retirement: CodeRetirement,
    private readonly codes: PhoneCodeRegistry,
  ) {}

  /** @returns whether the server can still send on the connection */
  async act(connection: Connection, action: WireAction): Promise<boolean> {
    switch (action.type) {
      case 'cut':
        connection.transport.destroy(action.reset);
        return false;
      case 'close':
        await connection.transport.close();
        return false;
      case 'freeze':
        connection.transport.freeze();
        return true;
      case 'thaw':
        connection.transport.thaw();
        return true;
      case 'fail':
        await connection.terminate(failure(action.code, action.expireS));
        return false;
      case 'stream_error':
        await connection.terminate(streamError(action.code, action.conflict));
        return false;
      case 'garbage':
        await connection.sendGarbage(action.kind);
        return true;
      case 'raw_frames':
        await connection.sendRawFrames(action.count, action.bytes);
        return true;
      case 'large_stanza':
        await connection.sendEncoded(largeStanza(action));
        return true;
      case 'retire':
        await this.retirement.retire(connection, action.child ?? 'companion_reg_refresh', action.qr);
        return true;
      case 'refresh_code':
        await this.codes.refresh(connection, action.forceManual);
        return true;
    }
  }
}
