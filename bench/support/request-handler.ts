import { awaitsMs, PauseWatch } from './probes.js';
import { cpuMs, peakBytes, residentBytes, usedBytes } from './resources.js';

export interface QuestionMessage {
  readonly number: number;
  readonly name: string;
  readonly argument?: unknown;
}

export interface AnswerMessage {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

type Answers = Readonly<Record<string, (argument: never) => unknown>>;

/** However the bench ends: nothing of it lives longer than this. */
const MOST_MS = 600_000;

/** The child's half of `MeasuredProcess`: answers what every side can be asked, and what this one adds. */
export function answerQuestions(own: Answers): void {
  const pauses = new PauseWatch();
  const answers: Answers = {
    awaits: awaitsMs,
    watchPauses: () => {
      pauses.start();
    },
    longestPause: () => pauses.stop(),
    cpu: cpuMs,
    peak: peakBytes,
    resident: residentBytes,
    used: usedBytes,
    ...own,
  };

  async function answer({ number, name, argument }: QuestionMessage): Promise<AnswerMessage> {
    try {
      const known = answers[name];
      if (!known) throw new Error('nobody here knows');
      return { number, value: await known(argument as never) };
    } catch (error) {
      return { number, error: error instanceof Error ? error.message : String(error) };
    }
  }

  process.on('message', (question: QuestionMessage) => {
    void answer(question).then((message) => process.connected && process.send?.(message));
  });
  process.on('disconnect', () => process.exit(0));
  setTimeout(() => process.exit(3), MOST_MS).unref();
}
