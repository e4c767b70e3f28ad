import { afterAll, describe, expect, it } from '@jest/globals';
import { differences } from '../../support/recording/differences.js';
import { unrecordedErrors } from '../../support/recording/documented-errors.js';
import { endSimulator } from '../../support/recording/harness.js';
import { recordPart } from '../../support/recording/part.js';
import { PARTS } from '../../support/recording/parts.js';
import { readRecording, writeRecording, type Recording } from '../../support/recording/recording-file.js';

/*
 * Compares the answers of the standalone service with the recording in recorded-answers.json: statuses, header names
 * and values, the order of keys in JSON bodies, and all values except texts for people and values that differ between
 * two runs.
 *
 * RECORD_ANSWERS=1 writes the parts that run to the file, and compares nothing. The difference in the file then shows
 * the changes for clients.
 *
 * One code of the core is not recorded: `not_connected`. No route answers with it; a host application gets it from
 * WhatsappSockets. `internal_error` needs a fault that no code of the service expects: the wall clock has no time.
 */
const isRecording = process.env['RECORD_ANSWERS'] === '1';

const PART_MS = 120_000;

const recorded: Record<string, Recording[string]> = {};

afterAll(async () => {
  await endSimulator();
  if (isRecording)
    await writeRecording(
      recorded,
      PARTS.map(({ about }) => about),
    );
});

describe('the recording of answers', () => {
  it.each(PARTS)(
    'the service answers as recorded about $about',
    async (part) => {
      const answers = await recordPart(part);
      recorded[part.about] = answers;
      if (isRecording) return;
      const report = differences((await readRecording())[part.about] ?? [], answers);
      if (report !== '') throw new Error(report);
    },
    PART_MS,
  );

  it('the recording has every error that the OpenAPI document names, of each route', async () => {
    expect(unrecordedErrors(isRecording ? recorded : await readRecording())).toEqual([]);
  });
});
