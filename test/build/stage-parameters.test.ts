import { parametersOf } from '../../lib/build/stage-parameters.ts';

const STAGES = {
  default: { alarms: 'off', logRetentionInDays: 14 },
  prod: { alarms: 'on', logRetentionInDays: 90 },
  staging: { extends: 'prod', logRetentionInDays: 30 },
  demo: { extends: 'staging', dashboard: 'off' },
  test: { extends: 'dev', metrics: 'on' },
  shared: { extends: 'default' },
  lost: { extends: 'nowhere' },
  egg: { extends: 'hen' },
  hen: { extends: 'egg' },
  empty: {},
};

test.each<[string, object]>([
  ['dev', {}],
  ['prod', { alarms: 'on', logRetentionInDays: 90 }],
  ['staging', { alarms: 'on', logRetentionInDays: 30 }],
  ['demo', { alarms: 'on', logRetentionInDays: 30, dashboard: 'off' }],
  ['test', { metrics: 'on' }],
  ['shared', {}],
  ['empty', {}],
])('the stage %s has its own parameters before those of the stage that it extends', (stage, parameters) => {
  expect(parametersOf(STAGES, stage)).toEqual({ parameters, faults: [] });
});

test('the command line says what a stage extends that serverless.yml does not name', () => {
  expect(parametersOf(STAGES, 'pr-17', 'staging')).toEqual({
    parameters: { alarms: 'on', logRetentionInDays: 30 },
    faults: [],
  });
  expect(parametersOf(STAGES, 'pr-17', 'default').faults).toEqual([]);
  expect(parametersOf(STAGES, 'staging', 'dev').parameters).toEqual({ logRetentionInDays: 30 });
});

test.each([
  ['lost', undefined, 'The stage lost extends nowhere, which is not in params of serverless.yml'],
  ['egg', undefined, 'The stage egg extends itself: egg, hen, egg'],
  ['pr-17', 'pr-17', 'The stage pr-17 extends itself: pr-17, pr-17'],
  ['pr-17', 'production', 'The stage pr-17 extends production, which is not in params of serverless.yml'],
  // A name that every object has is no stage.
  ['constructor', undefined, expect.stringMatching(/^The stage constructor is not in params/)],
])('packaging refuses the stage %s, extending %s', (stage, given, fault) => {
  expect(parametersOf(STAGES, stage, given)).toEqual({ parameters: {}, faults: [fault] });
});

test.each([
  ['Prod', 'prod'],
  ['production', 'prod'],
  ['STAGING', 'staging'],
])('for the unknown stage %s the message proposes %s', (stage, meant) => {
  const [fault] = parametersOf(STAGES, stage).faults;
  expect(fault).toContain(`Did you mean ${meant}?`);
  expect(fault).toContain(`"${stage}: { extends: ${meant} }"`);
});
