import type { Row } from '../support/result-row.js';
import type { Stage } from './bench-environment.js';

export interface Finding {
  readonly rows: readonly Row[];
  /** What a reader needs to judge the rows. */
  readonly notes?: readonly string[];
}

export interface Question {
  /** What it is called on the command line. */
  readonly name: string;
  measure(stage: Stage): Promise<Finding>;
}
