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

/** The operations of the store that fail at the moment. Tests change them at run time. */
export class StoreFaults {
  /** Nothing can be written, as on a full disk. Stored data can be read. */
  full = false;
  /** The delay before every write, in ms. */
  delayMs = 0;
  write = false;
  erase = false;
  load = false;
  saveSetting = false;
  /** Stored credentials cannot be read. */
  corrupt = false;
  /** No socket can be made. */
  openSocket = false;
  /** An accepted device is stored, but the write does not return until this fault is removed. */
  holdAccepted = false;
  /** The audit trail can neither be written nor read. */
  audit = false;
  /** Neither page links nor their ends can be stored. */
  pageLinks = false;
  private waiting: (() => void)[] = [];

  set(faults: Partial<StoreFaults>): void {
    Object.assign(this, NONE, faults);
    if (this.holdAccepted) return;
    for (const release of this.waiting.splice(0)) release();
  }

  /** The number of accepted devices that are stored and whose writes have not returned. */
  get held(): number {
    return this.waiting.length;
  }

  /** Waits for `delayMs`. @throws StorageFailed when the disk is full */
  async beforeWrite(): Promise<void> {
    if (this.full) throw failed('database or disk is full');
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
  }

  /** Waits while accepted devices are held. */
  async whileHeld(): Promise<void> {
    if (this.holdAccepted) await new Promise<void>((resolve) => this.waiting.push(resolve));
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
  // The contract of the port: `drain` waits for every write that was requested, without a limit.
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
    if (change.connector) await faults.whileHeld();
  };
  writer.erase = failWhen(() => faults.erase, writing(faults, writer.erase.bind(writer)));
  return writer;
}

/** Adds the faults at the port. The store below is the real one, and works again when the fault is removed. */
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
