import type { WireAction } from '../faults/actions.js';
import type { CodeRetirement } from '../pairing/code-retirement.js';
import type { PhoneCodeRegistry } from '../phone-code/phone-code-registry.js';
import type { Connection } from '../server/connection.js';
import { failure, streamError } from '../server/failure-stanzas.js';

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
      case 'retire':
        await this.retirement.retire(connection, action.child ?? 'companion_reg_refresh', action.qr);
        return true;
      case 'refresh_code':
        await this.codes.refresh(connection, action.forceManual);
        return true;
    }
  }
}
