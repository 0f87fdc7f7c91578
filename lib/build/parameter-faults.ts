import type { ServerlessService } from './serverless-service.ts';

type Engine = ServerlessService['custom']['engine'];

/** Returns the faults of the stage's parameters that no environment variable carries. */
export function parameterFaults({ parameters, monitoring }: Pick<Engine, 'parameters' | 'monitoring'>): string[] {
  const faults = Object.entries(RULES).flatMap(([name, { isGood, rule }]) =>
    isGood(parameters[name]) ? [] : [`The parameter ${name} must be ${rule}, not ${JSON.stringify(parameters[name])}`],
  );
  if (monitoring.alarms === 'on' && monitoring.metrics !== 'on') {
    faults.push("The parameter metrics must be 'on' with alarms: the alarm for token theft needs the metrics");
  }
  return faults;
}

interface Rule {
  readonly rule: string;
  isGood(value: unknown): boolean;
}

const oneOf = (...values: readonly string[]): Rule => ({
  rule: values.map((value) => `'${value}'`).join(' or '),
  isGood: (value) => values.includes(String(value)),
});

/** The command line gives every parameter as a text. */
const BOOLEAN: Rule = { rule: 'true or false', isGood: (value) => ['true', 'false'].includes(String(value)) };
const POSITIVE: Rule = { rule: 'a number above 0', isGood: (value) => Number(value) > 0 };
const SWITCH = oneOf('on', 'off');
/** CloudWatch Logs and policies take no alias. A CloudFormation function returns a key that is not known yet. */
const KEY_ARN: Rule = {
  rule: 'the ARN of a KMS key, such as arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  isGood: (value) =>
    typeof value === 'object' ? value !== null : /^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+)?$/.test(String(value)),
};

const RULES: Readonly<Record<string, Rule>> = {
  demoPage: SWITCH,
  alarms: SWITCH,
  dashboard: SWITCH,
  pointInTimeRecovery: BOOLEAN,
  deletionProtection: BOOLEAN,
  tableDeletionPolicy: oneOf('Delete', 'Retain', 'RetainExceptOnCreate'),
  throttlingRate: POSITIVE,
  throttlingBurst: POSITIVE,
  kmsKeyArn: KEY_ARN,
};
