import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Header } from './http-client.js';
import type { RecordedStep } from './recorder.js';

/** The recorded answers of each part, by the name of the part. */
export type Recording = Readonly<Record<string, readonly RecordedStep[]>>;

/** The form of the file: it has each list of headers once, because most answers have the same headers. */
interface RecordingFile {
  readonly headerLists: Readonly<Record<string, readonly Header[]>>;
  readonly answers: Readonly<Record<string, readonly FiledStep[]>>;
}

interface FiledStep extends Omit<RecordedStep, 'headers'> {
  /** The name of a list of headers. */
  readonly headers: string;
}

const FILE = 'test/e2e/http/recorded-answers.json';
const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';

export async function readRecording(): Promise<Recording> {
  const { headerLists, answers } = JSON.parse(await readFile(FILE, 'utf8')) as RecordingFile;
  return Object.fromEntries(
    Object.entries(answers).map(([part, steps]) => [
      part,
      steps.map((step) => ({ ...step, headers: headerLists[step.headers] ?? [] })),
    ]),
  );
}

/**
 * Writes the recording in the format that Prettier checks.
 * @param parts answers of the parts that ran; answers of other parts stay in the file
 * @param order names of all parts in order
 */
export async function writeRecording(parts: Partial<Recording>, order: readonly string[]): Promise<void> {
  const before: Partial<Recording> = existsSync(FILE) ? await readRecording() : {};
  const names = new Map<string, string>();
  const headerLists: Record<string, readonly Header[]> = {};
  const nameOf = (headers: readonly Header[]): string => {
    const text = JSON.stringify(headers);
    const name = names.get(text) ?? `list ${names.size + 1}`;
    names.set(text, name);
    headerLists[name] = headers;
    return name;
  };
  const answers = Object.fromEntries(
    order.map((part) => [
      part,
      (parts[part] ?? before[part] ?? []).map((step): FiledStep => ({
        ...step,
        headers: nameOf(step.headers),
      })),
    ]),
  );
  const file: RecordingFile = { headerLists, answers };
  await writeFile(FILE, `${JSON.stringify(file, null, 2)}\n`);
  await promisify(execFile)(process.execPath, [PRETTIER, '--write', FILE]);
}
