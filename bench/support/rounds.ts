/** The results of both sides, one for each counted round. */
interface BothSides<T> {
  readonly ours: readonly T[];
  readonly other: readonly T[];
}

/** Measures both sides in turn. Warm-up rounds have negative numbers, and their results are not counted. */
export async function measureRounds<T>(
  { warmUps, rounds }: { readonly warmUps: number; readonly rounds: number },
  measureOurs: (round: number) => Promise<T>,
  measureOther: (round: number) => Promise<T>,
): Promise<BothSides<T>> {
  const [ours, other]: [T[], T[]] = [[], []];
  for (let round = -warmUps; round < rounds; round++) {
    const [our, their] = [await measureOurs(round), await measureOther(round)];
    if (round < 0) continue;
    ours.push(our);
    other.push(their);
  }
  return { ours, other };
}
