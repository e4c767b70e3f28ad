export interface ParentQuestion {
  readonly id: number;
  readonly question: unknown;
}

export interface ParentReply {
  readonly reply: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The child's half of `Program.ask`. What `answer` throws reaches the caller as an Error. */
export function answerParent(answer: (question: never) => unknown): void {
  const reply = async ({ id, question }: ParentQuestion): Promise<ParentReply> => {
    try {
      return { reply: id, value: await answer(question as never) };
    } catch (error) {
      return { reply: id, error: String(error) };
    }
  };
  process.on('message', (question: ParentQuestion) => {
    void reply(question).then((message) => process.send?.(message));
  });
}
