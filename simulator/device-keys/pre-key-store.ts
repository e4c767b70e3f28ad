/** A public key under its id, as clients upload it and others get it. */
export interface PublicPreKey {
  readonly id: number;
  readonly publicKey: Buffer;
}

export interface SignedPreKey extends PublicPreKey {
  readonly signature: Buffer;
}

/** `repeated`: an id that was given before, with the same key; `replaced`: with another one. */
export type UploadResult = 'stored' | 'repeated' | 'replaced';

/** The one-time pre-keys of one device. An id that has been handed out is never held again. */
export class PreKeyStore {
  lastUploadedId: number | null = null;
  /** As latin1: a fifth of what a Buffer takes, and a device has 812. */
  private readonly publicKeys = new Map<number, string>();
  private readonly heldIds = new Set<number>();
  private readonly handedOutIds = new Set<number>();

  get size(): number {
    return this.heldIds.size;
  }

  get handedOutSize(): number {
    return this.handedOutIds.size;
  }

  get handedOut(): readonly number[] {
    return [...this.handedOutIds];
  }

  get held(): PublicPreKey[] {
    return [...this.heldIds].map((id) => this.preKey(id));
  }

  /** Of every id that was ever uploaded, the latest key. */
  get uploaded(): PublicPreKey[] {
    return [...this.publicKeys.keys()].map((id) => this.preKey(id));
  }

  add({ id, publicKey }: PublicPreKey): UploadResult {
    const before = this.publicKeys.get(id);
    const key = publicKey.toString('latin1');
    this.lastUploadedId = id;
    this.publicKeys.set(id, key);
    if (!this.handedOutIds.has(id)) this.heldIds.add(id);
    if (before === undefined) return 'stored';
    return before === key ? 'repeated' : 'replaced';
  }

  wasHandedOut(id: number): boolean {
    return this.handedOutIds.has(id);
  }

  /** The oldest that is left. */
  handOut(): PublicPreKey | undefined {
    const [id] = this.heldIds;
    if (id === undefined) return undefined;
    this.heldIds.delete(id);
    this.handedOutIds.add(id);
    return this.preKey(id);
  }

  private preKey(id: number): PublicPreKey {
    return { id, publicKey: Buffer.from(this.publicKeys.get(id) ?? '', 'latin1') };
  }
}
