import { describeHistories } from './describe-histories.ts';
import { UserHistory, userHistories } from './user-history.ts';

describeHistories('whatever happens to users, and wherever a process dies, the core answers what the contract says', {
  of: userHistories,
  play: (database, steps) => new UserHistory(database).play(steps),
  // With a fault that leaves the old email behind, four runs failed at history 6, 11 and 41, and not within 60. Fewer would miss it.
  tests: 3,
  runs: 40,
});
