/*
 * Refuses words that make a sentence hard to read for engineers whose first language is not English. A line that needs
 * one of them, because it quotes another program, carries the mark `words: allowed` and the reason.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const WORDS = ['whoever', 'somebody', 'nobody', 'anybody', 'told', 'tells of', 'see to', 'be it that'];
const RULE =
  'Name the actor (client, caller, user, operator, host application, service, process) and say what it does: subject first, active verb, one idea a sentence.';
const CHECKED = ['src', 'simulator', 'bench', 'test', '*.md', '.env.example'];
const TEXT = /\.(ts|js|mjs|html|css|md|example)$/;
const MARK = 'words: allowed';

// A phrase may continue on the next line of a comment.
const pattern = new RegExp(
  `\\b(${WORDS.map((word) => word.replaceAll(' ', '[\\s*/]+')).join('|')})\\b`,
  'gi',
);

const files = execFileSync('git', ['ls-files', '-z', '--', ...CHECKED], { encoding: 'utf8' }).split('\0');
const found = files
  .filter((file) => TEXT.test(file))
  .flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n');
    return [...text.matchAll(pattern)].flatMap(({ 0: word, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return lines[line - 1].includes(MARK) ? [] : [`${file}:${line}: "${word.replaceAll(/\s+/g, ' ')}"`];
    });
  });

if (found.length > 0) {
  console.error(`${found.join('\n')}\n\n${found.length} words that this repository does not use. ${RULE}`);
  process.exitCode = 1;
}
