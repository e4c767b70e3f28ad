import type { Row } from '../support/result-row.js';
import type { BenchEnvironment } from './bench-environment.js';

export interface QuestionResult {
  readonly rows: readonly Row[];
  /** What a reader needs to judge the rows. */
  readonly notes?: readonly string[];
}

export interface Question {
  /** What it is called on the command line. */
  readonly name: string;
  measure(environment: BenchEnvironment): Promise<QuestionResult>;
}
