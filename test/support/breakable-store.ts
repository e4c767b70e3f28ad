import type { AuthStateStore, AuthStateWriter } from '../../src/whatsapp/ports/auth-state.store.js';
import type { ConfigRepository } from '../../src/whatsapp/ports/config.repository.js';
import type { WhatsappGateway } from '../../src/whatsapp/ports/whatsapp.gateway.js';
import { AuthStateCorrupt, StorageFailed } from '../../src/whatsapp/domain/errors.js';

const NONE = {
  write: false,
  erase: false,
  load: false,
  saveSetting: false,
  corrupt: false,
  openSocket: false,
  holdAccepted: false,
};

/** Which operations of the store fail from now on. */
export class StoreFaults {
  write = false;
  erase = false;
  load = false;
  saveSetting = false;
  /** Stored credentials cannot be read. */
  corrupt = false;
  /** No socket can be made. */
  openSocket = false;
  /** An accepted device is stored, but who stored it does not hear of it before this is taken away. */
  holdAccepted = false;
  #held: (() => void)[] = [];

  set(faults: Partial<StoreFaults>): void {
    Object.assign(this, NONE, faults);
    if (this.holdAccepted) return;
    for (const letGo of this.#held.splice(0)) letGo();
  }

  /** How many accepted devices are stored and held. */
  get held(): number {
    return this.#held.length;
  }

  async letGo(): Promise<void> {
    if (this.holdAccepted) await new Promise<void>((resolve) => this.#held.push(resolve));
  }
}

function failWhen<Args extends unknown[], Result>(
  broken: () => boolean,
  operation: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    if (broken()) throw new StorageFailed({ cause: new Error('disk I/O error (made by the test)') });
    return operation(...args);
  };
}

function breakableWriter(writer: AuthStateWriter, faults: StoreFaults): AuthStateWriter {
  const write = failWhen(() => faults.write, writer.write.bind(writer));
  writer.write = async (change) => {
    await write(change);
    if (change.connector) await faults.letGo();
  };
  writer.erase = failWhen(() => faults.erase, writer.erase.bind(writer));
  return writer;
}

/** Faults stand at the port: the store below is the real one, and works again when the fault is taken away. */
export function breakableStore(store: AuthStateStore, faults: StoreFaults): void {
  const open = store.open.bind(store);
  store.open = async (hold) => breakableWriter(await open(hold), faults);
  const load = failWhen(() => faults.load, store.load.bind(store));
  store.load = async (accountId) => {
    if (faults.corrupt) throw new AuthStateCorrupt();
    return load(accountId);
  };
}

export function breakableGateway(gateway: WhatsappGateway, faults: StoreFaults): void {
  const open = gateway.open.bind(gateway);
  gateway.open = async (request) => {
    if (faults.openSocket) throw new Error('no socket (made by the test)');
    return open(request);
  };
}

export function breakableConfig(config: ConfigRepository, faults: StoreFaults): void {
  config.saveSetting = failWhen(() => faults.saveSetting, config.saveSetting.bind(config));
}
