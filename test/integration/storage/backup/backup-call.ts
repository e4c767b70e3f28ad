import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { controlAddress } from '../../../../src/control-socket/control-address.js';
import { BACKUP_PATH, type BackupAnswer } from '../../../../src/storage/sqlite/maintenance/backup-handler.js';
import { eventually } from '../../../support/eventually.js';

const WITHIN_MS = 5_000;

/** A client of the backup handler whose steps the test controls one by one. */
export class BackupCall {
  private readonly received: (string | null)[] = [];

  private constructor(private readonly request: ClientRequest) {
    request.on('information', ({ statusCode }) => {
      this.received.push({ 100: 'copy', 102: 'wait' }[statusCode] ?? String(statusCode));
    });
    request.on('response', (response) => {
      void text(response).then((body) => {
        const { statusCode } = response;
        if (statusCode !== 200) this.received.push(String(statusCode));
        else this.received.push((JSON.parse(body) as BackupAnswer).kept ? 'kept' : 'changed');
      });
    });
    request.on('error', () => undefined);
    request.on('close', () => this.received.push(null));
  }

  static async open(dataDirectory: string): Promise<BackupCall> {
    const socketPath = controlAddress(dataDirectory) ?? '';
    const headers = { expect: '100-continue' };
    const call = request({ socketPath, path: BACKUP_PATH, method: 'POST', agent: false, headers });
    const opened = new BackupCall(call);
    call.flushHeaders();
    const [socket] = (await once(call, 'socket')) as [NodeJS.EventEmitter & { connecting: boolean }];
    if (socket.connecting) await once(socket, 'connect');
    return opened;
  }

  /**
   * Returns the next answer of the service: `wait`, `copy`, `kept`, `changed` or a status; null when it closed the
   * connection.
   */
  async hears(): Promise<string | null> {
    await eventually(
      () => this.received.length > 0,
      WITHIN_MS,
      () => 'the service does not answer',
    );
    return this.received.shift() ?? null;
  }

  copied(): void {
    this.request.end();
  }

  hangUp(): void {
    this.request.destroy();
  }
}
