import { describeHistories } from './describe-histories.ts';
import { UserHistory, userHistories } from './user-history.ts';

describeHistories('whatever happens to users, and wherever a process dies, the core answers what the contract says', {
  of: userHistories,
  play: (database, steps) => new UserHistory(database).play(steps),
  tests: 3,
  runs: 40,
});
