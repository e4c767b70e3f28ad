import { endEnvironment, startEnvironment, type Options } from './harness.js';
import { Recorder, type RecordedStep } from './recorder.js';

/** Starts a service. Its answers are recorded after those of services that were started earlier. */
export type Start = (options?: Options) => Promise<Recorder>;

/** A part of the recording. Each part starts its own services. */
export interface Part {
  /** Completes "the service answers as recorded about". */
  readonly about: string;
  readonly record: (start: Start) => Promise<void>;
}

/** Runs a part. @returns its answers in order @throws when two steps have the same name */
export async function recordPart({ record }: Part): Promise<readonly RecordedStep[]> {
  const starting: Promise<Recorder>[] = [];
  const ended = async (): Promise<void> => {
    for (const start of await Promise.allSettled(starting))
      if (start.status === 'fulfilled') await endEnvironment(start.value.setup);
  };
  await record((options = {}) => {
    const recorder = startEnvironment(options).then((setup) => new Recorder(setup));
    starting.push(recorder);
    return recorder;
  }).finally(ended);
  const recorders = await Promise.all(starting);
  const steps = recorders.flatMap((recorder) => recorder.steps);
  const names = steps.map(({ step }) => step);
  const repeated = names.filter((name, index) => names.indexOf(name) < index);
  if (repeated.length > 0) throw new Error(`Two steps have the same name: ${repeated.join(' | ')}`);
  return steps;
}
