const TrueDate = Date;

/** Replaces `Date`: the wall clock of this process shows the true time plus `byMs`. Replaces an earlier shift. */
export function shiftDate(byMs: number): void {
  globalThis.Date = class extends TrueDate {
    constructor(...args: [] | ConstructorParameters<typeof Date>) {
      if (args.length === 0) super(TrueDate.now() + byMs);
      else super(...args);
    }

    static override now(): number {
      return TrueDate.now() + byMs;
    }
  } as DateConstructor;
}
