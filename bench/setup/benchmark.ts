import type { Row } from '../support/result-row.js';
import type { BenchEnvironment } from './bench-environment.js';

export interface QuestionResult {
  readonly rows: readonly Row[];
  /** Facts that a reader needs to judge the rows. */
  readonly notes?: readonly string[];
}

/** One question of the benchmark. */
export interface Question {
  /** The name on the command line. */
  readonly name: string;
  measure(environment: BenchEnvironment): Promise<QuestionResult>;
}
