/** The message of `Program.ask`. */
export interface ParentQuestion {
  readonly id: number;
  readonly question: unknown;
}

/** The answer to the question with the id `reply`: a value, or the text of an error. */
export interface ParentReply {
  readonly reply: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers the questions of `Program.ask` in the child process. An error of `answer` rejects the call of the parent. */
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
