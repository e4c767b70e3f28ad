import { BenchEnvironment } from '../../../bench/setup/bench-environment.js';

/* Links one account on each side that the benchmark compares. The exit code is 0 when all of them are connected. */

const environment = await BenchEnvironment.create();
try {
  const sides = [
    await environment.service(),
    await environment.service('constant-route.program'),
    await environment.bareBaileys(),
  ];
  for (const side of sides) await environment.link(side, 'smoke');
  console.log(`${sides.length} sides linked an account`);
} finally {
  await environment.close();
}
