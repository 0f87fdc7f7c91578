import type { Resource, ServerlessService } from './serverless-service.ts';

/** Adds alarms for the errors and throttles of every function that the stage has. */
export function addFunctionAlarms({ functions, resources, custom }: ServerlessService): void {
  const names = Object.values(functions).map(({ name }) => name);
  Object.assign(resources.Resources, functionAlarms(names, custom.engine.monitoring.alarmTopicArn));
}

interface FunctionAlarm {
  readonly id: string;
  /** A metric of the namespace AWS/Lambda. */
  readonly metric: 'Errors' | 'Throttles';
  readonly description: string;
}

const ALARMS: readonly FunctionAlarm[] = [
  {
    id: 'FunctionErrorsAlarm',
    metric: 'Errors',
    description: 'A function of this stage ended with an error, ran out of time, or ran out of memory.',
  },
  {
    id: 'ThrottlesAlarm',
    metric: 'Throttles',
    description: "A function of this stage was throttled. It has reached its own concurrency, or the account's.",
  },
];

/**
 * How many metrics one alarm can sum.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const METRICS_PER_ALARM = 10;

/**
 * Returns alarms that together cover every function. The second alarm of a kind has a 2 after its id, and so on.
 * @param names the functions' names in AWS
 * @param topicArn the SNS topic that the alarms go to
 */
export function functionAlarms(names: readonly string[], topicArn: unknown): Record<string, Resource> {
  const groups = Array.from({ length: Math.ceil(names.length / METRICS_PER_ALARM) }, (_, group) =>
    names.slice(group * METRICS_PER_ALARM, (group + 1) * METRICS_PER_ALARM),
  );
  return Object.fromEntries(
    ALARMS.flatMap((alarm) =>
      groups.map((group, index) => [`${alarm.id}${index === 0 ? '' : index + 1}`, alarmOf(alarm, group, topicArn)]),
    ),
  );
}

/** An alarm that goes off if the functions' metric, summed over five minutes, is at least 1. */
const alarmOf = ({ metric, description }: FunctionAlarm, names: readonly string[], topicArn: unknown): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Condition: 'Alarms',
  Properties: {
    AlarmActions: { 'Fn::If': ['AlarmTopic', [topicArn], { Ref: 'AWS::NoValue' }] },
    AlarmDescription: description,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Metrics: [
      { Id: 'sum', Expression: 'SUM(METRICS())', Label: metric },
      ...names.map((name, index) => ({
        Id: `m${index}`,
        Label: name,
        ReturnData: false,
        MetricStat: {
          Period: 300,
          Stat: 'Sum',
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: metric,
            Dimensions: [{ Name: 'FunctionName', Value: name }],
          },
        },
      })),
    ],
  },
});
