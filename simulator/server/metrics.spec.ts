import { describe, expect, it } from '@jest/globals';
import { ChangeNotifier } from './change-notifier.js';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('unknown queries count under a hundred names, and further names count as other', () => {
    const metrics = new Metrics(new ChangeNotifier());
    for (let name = 0; name < 103; name += 1) metrics.countUnknownQuery(`query ${name}`);
    metrics.countUnknownQuery('query 0');
    const { unknownQueries } = metrics.read();
    expect(Object.keys(unknownQueries)).toHaveLength(101);
    expect(unknownQueries).toMatchObject({ 'query 0': 2, 'query 99': 1, other: 3 });
  });
});
