/** A public key with its id, as clients upload it and other clients receive it. */
export interface PublicPreKey {
  readonly id: number;
  readonly publicKey: Buffer;
}

export interface SignedPreKey extends PublicPreKey {
  readonly signature: Buffer;
}

/** `repeated`: the id was uploaded before, with the same key. `replaced`: with another key. */
type UploadResult = 'stored' | 'repeated' | 'replaced';

/** The one-time pre-keys of one device. An id is handed out at most once, even when it is uploaded again. */
export class PreKeyStore {
  lastUploadedId: number | null = null;
  /** Keys as latin1 strings: they need a fifth of the memory of a Buffer, and a device has 812. */
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

  /** The latest key of every id that was ever uploaded. */
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

  /** Removes and returns the oldest key that is left. */
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
