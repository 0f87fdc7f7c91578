import { describeHistories } from './describe-histories.ts';
import { LinkHistory, linkHistories } from './link-history.ts';

describeHistories(
  'whatever happens to linked login methods, and wherever a process dies, no two primary users share a contact',
  {
    of: linkHistories,
    play: (database, steps) => new LinkHistory(database).play(steps),
    tests: 8,
    runs: 7,
  },
);
