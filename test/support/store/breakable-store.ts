import type { AuditTrailStore } from '../../../src/security/ports/audit-trail.store.js';
import type { PageLinkStore } from '../../../src/security/ports/page-link.store.js';
import type { AuthStateStore, AuthStateWriter } from '../../../src/whatsapp/ports/auth-state.store.js';
import type { ConfigRepository } from '../../../src/whatsapp/ports/config.repository.js';
import type { WhatsappGateway } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { AuthStateCorrupt, StorageFailed } from '../../../src/whatsapp/domain/errors.js';

const NONE = {
  full: false,
  delayMs: 0,
  write: false,
  erase: false,
  load: false,
  saveSetting: false,
  corrupt: false,
  openSocket: false,
  holdAccepted: false,
  audit: false,
  pageLinks: false,
};

/** Which operations of the store fail from now on. */
export class StoreFaults {
  /** Nothing can be written, as on a full disk; what is stored can be read. */
  full = false;
  /** So long every write takes before it is carried out, in ms. */
  delayMs = 0;
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
  /** The audit trail can neither be written nor read. */
  audit = false;
  /** Neither page links nor their ends can be stored. */
  pageLinks = false;
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

  /** @throws StorageFailed where nothing can be written */
  async beforeWrite(): Promise<void> {
    if (this.full) throw failed('database or disk is full');
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
  }

  async letGo(): Promise<void> {
    if (this.holdAccepted) await new Promise<void>((resolve) => this.#held.push(resolve));
  }
}

function failed(what: string): StorageFailed {
  return new StorageFailed({ cause: new Error(`${what} (made by the test)`) });
}

function writing<Args extends unknown[], Result>(
  faults: StoreFaults,
  operation: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    await faults.beforeWrite();
    return operation(...args);
  };
}

function failWhen<Args extends unknown[], Result>(
  broken: () => boolean,
  operation: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    if (broken()) throw failed('disk I/O error');
    return operation(...args);
  };
}

function breakableWriter(writer: AuthStateWriter, faults: StoreFaults): AuthStateWriter {
  // As the port has it: `drain` lets what was asked for happen, however long it takes.
  const underWay = new Set<Promise<unknown>>();
  const close = writer.close.bind(writer);
  writer.close = async (mode) => {
    if (mode === 'drain') await Promise.allSettled(underWay);
    return close(mode);
  };
  const write = failWhen(() => faults.write, writing(faults, writer.write.bind(writer)));
  writer.write = async (change) => {
    const written = write(change);
    underWay.add(written);
    await written.finally(() => underWay.delete(written));
    if (change.connector) await faults.letGo();
  };
  writer.erase = failWhen(() => faults.erase, writing(faults, writer.erase.bind(writer)));
  return writer;
}

/** Faults stand at the port: the store below is the real one, and works again when the fault is taken away. */
export function breakableStore(store: AuthStateStore, faults: StoreFaults): void {
  const open = store.open.bind(store);
  store.open = async (lease) => breakableWriter(await open(lease), faults);
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
  config.saveSetting = failWhen(() => faults.saveSetting, writing(faults, config.saveSetting.bind(config)));
  config.update = writing(faults, config.update.bind(config));
  config.forgetUnconfirmedLogout = writing(faults, config.forgetUnconfirmedLogout.bind(config));
}

export function breakableAudit(trail: AuditTrailStore, faults: StoreFaults): void {
  const cannotBeWritten = (): boolean => faults.full || faults.audit;
  trail.append = failWhen(cannotBeWritten, trail.append.bind(trail));
  trail.complete = failWhen(cannotBeWritten, trail.complete.bind(trail));
  trail.list = failWhen(() => faults.audit, trail.list.bind(trail));
}

export function breakablePageLinks(links: PageLinkStore, faults: StoreFaults): void {
  links.add = failWhen(() => faults.pageLinks, writing(faults, links.add.bind(links)));
  links.end = failWhen(() => faults.pageLinks, writing(faults, links.end.bind(links)));
}
