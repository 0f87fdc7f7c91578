import { describeHistories } from './describe-histories.ts';
import { LoginHistory } from './login-history.ts';
import { loginHistories } from './login-steps.ts';

describeHistories(
  'whatever happens to users of providers and of codes, and wherever a process dies, the core answers what the contract says',
  {
    of: loginHistories,
    play: (database, steps) => new LoginHistory(database).play(steps),
    tests: 3,
    runs: 40,
  },
);
