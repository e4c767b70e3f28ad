/** One rule of a port's contract, as a sentence and a check. */
export interface Rule<Subject> {
  readonly name: string;
  /** Rejects when the adapter breaks the rule. */
  readonly check: (factory: () => Promise<Subject>) => Promise<void>;
}

export interface Disposable {
  dispose(): Promise<void>;
}

export function rule<Subject extends Disposable>(
  name: string,
  body: (subject: Subject) => Promise<void>,
): Rule<Subject> {
  return {
    name,
    check: async (factory) => {
      const subject = await factory();
      try {
        await body(subject);
      } finally {
        await subject.dispose();
      }
    },
  };
}

/** Returns the names of the rules that the adapter breaks. */
export async function broken<Subject>(
  rules: readonly Rule<Subject>[],
  factory: () => Promise<Subject>,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, check } of rules) {
    await check(factory).catch(() => names.push(name));
  }
  return names;
}

/** Returns the names of the rules that no broken adapter breaks. */
export function unbroken(
  rules: readonly { readonly name: string }[],
  adapters: readonly { readonly caughtBy: string }[],
): string[] {
  const names = new Set(adapters.map(({ caughtBy }) => caughtBy));
  return rules.map(({ name }) => name).filter((name) => !names.has(name));
}
