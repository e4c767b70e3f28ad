import { describe, expect, it } from '@jest/globals';
import { compareWebVersions, isWebVersion, parseWebVersion, printWebVersion } from './web-version.js';

describe('WebVersion', () => {
  it.each(['2.3000.1043857760', '0.0.0', '4294967295.4294967295.4294967295'])(
    'a version is parsed and printed unchanged: %s',
    (text) => {
      const version = parseWebVersion(text);
      expect(version && printWebVersion(version)).toBe(text);
    },
  );

  it.each([
    '',
    '2.3000',
    '2.3000.1.0',
    '2.3000.',
    ' 2.3000.1',
    '2.3000.1\n',
    '2.3000.-1',
    '2.3000.1e9',
    '2.3000.4294967296',
    '2.3000.10438577600',
    'v2.3000.1',
  ])('the text %j is not parsed as a version', (text) => {
    expect(parseWebVersion(text)).toBeNull();
  });

  it.each([[[2, 3000]], [[2, 3000, 1.5]], [[2, 3000, Number.NaN]], [[2, 3000, -1]], [['2', '3000', '1']]])(
    'the value %j is not a version',
    (value) => {
      expect(isWebVersion(value)).toBe(false);
    },
  );

  it('a version is compared by its numbers, from the first one on, and not as text', () => {
    expect(compareWebVersions([2, 3000, 1000], [2, 3000, 999])).toBeGreaterThan(0);
    expect(compareWebVersions([2, 2999, 1000], [2, 3000, 1])).toBeLessThan(0);
    expect(compareWebVersions([3, 1, 1], [2, 9, 9])).toBeGreaterThan(0);
    expect(compareWebVersions([2, 3000, 7], [2, 3000, 7])).toBe(0);
  });
});
