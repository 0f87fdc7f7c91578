import { describeHistories } from './describe-histories.ts';
import { LinkHistory, linkHistories } from './link-history.ts';

describeHistories(
  'whatever happens to linked login methods, and wherever a process dies, no two primary users share a contact',
  {
    of: linkHistories,
    play: (database, steps) => new LinkHistory(database).play(steps),
    tests: 8,
    runs: 7,
    examples: [
      // A session for a primary user whose deletion broke off after the last login method was removed.
      [
        { does: 'sign up', email: 0 },
        { does: 'make primary', method: 0, death: undefined },
        { does: 'remove', method: 0, withLinked: false, death: 1 },
        { does: 'log in', method: 0 },
      ],
    ],
  },
);
