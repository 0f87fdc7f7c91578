import { readFileSync } from 'node:fs';
import { functionAlarms } from '../../lib/build/function-alarms.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { METRICS, METRICS_NAMESPACE } from '../../lib/observability/metrics.ts';
import { PRICES } from '../bench/aws-prices.ts';
import {
  type CloudFormationResource,
  packageProduction,
  packageTemplate,
  type Template,
} from '../fixtures/packaged-template.ts';

let service: string;
let template: Template;
let prod: Template;

beforeAll(async () => {
  service = await serviceName();
  [template, prod] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

test('logs are kept for a while, longer in prod', () => {
  const retentions = (stage: Template) =>
    new Set(stage.ofType('AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.RetentionInDays));
  expect(retentions(template)).toEqual(new Set([14]));
  expect(retentions(prod)).toEqual(new Set([90]));
});

test('the API logs each request as one line of JSON, whichever function answers it, and without a path or headers', () => {
  for (const [stage, name] of [
    [template, 'dev'],
    [prod, 'prod'],
  ] as const) {
    const { AccessLogSettings: settings } = stage.resources.HttpApiStage?.Properties ?? {};
    const logGroup = stage.resources[settings.DestinationArn['Fn::GetAtt'][0]];
    expect(logGroup?.Properties.LogGroupName).toBe(`/aws/http-api/${service}-${name}`);
    expect(settings.Format).not.toContain('\n');
    const line = JSON.parse(settings.Format) as Record<string, string>;
    expect(line).toMatchObject({ routeKey: '$context.routeKey', status: '$context.status' });
    expect(Object.values(line).join()).not.toMatch(/path|header|userAgent|claims/i);
    // One API with one stage: all routes are below it.
    expect(stage.ofType('AWS::ApiGatewayV2::Stage')).toHaveLength(1);
  }
});

test('docs/observability.md names every field of the access log', () => {
  const { AccessLogSettings: settings } = template.resources.HttpApiStage?.Properties ?? {};
  const [, table = ''] = readFileSync('docs/observability.md', 'utf8').split('## Access log');
  const documented = [...(table.split('\n## ')[0]?.matchAll(/^\|((?: `\w+`,?)+) \|/gm) ?? [])].flatMap(
    ([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, field]) => field),
  );
  expect(documented.sort()).toEqual(Object.keys(JSON.parse(settings.Format)).sort());
});

test('alarms for 5xx, errors, throttles and token theft are there, on in prod alone', () => {
  const alarms = prod.ofType('AWS::CloudWatch::Alarm');
  const kinds = new Set(alarms.map(([name]) => name.replace(/\d+$/, '')));
  expect(kinds).toEqual(new Set(['TokenTheftAlarm', 'ServerErrorsAlarm', 'FunctionErrorsAlarm', 'ThrottlesAlarm']));
  for (const [, alarm] of alarms) expect(alarm).toMatchObject({ Condition: 'Alarms' });
  expect(prod.conditions.Alarms).toEqual({ 'Fn::Equals': ['on', 'on'] });
  expect(template.conditions.Alarms).toEqual({ 'Fn::Equals': ['off', 'on'] });
});

test('functions write metrics in prod alone, of their service and stage', () => {
  for (const [stage, settings] of [
    [template, { METRICS: 'off', SERVICE_NAME: service, STAGE: 'dev' }],
    [prod, { METRICS: 'on', SERVICE_NAME: service, STAGE: 'prod' }],
  ] as const) {
    for (const [, { Properties }] of stage.ofType('AWS::Lambda::Function')) {
      expect(Properties.Environment.Variables).toMatchObject(settings);
    }
  }
});

test('the alarm for token theft looks at the metric that the functions write, and nothing else counts it', () => {
  expect(prod.resources.TokenTheftAlarm?.Properties).toMatchObject({
    Namespace: METRICS_NAMESPACE,
    MetricName: 'TokenTheftDetected' satisfies keyof typeof METRICS,
    Dimensions: [
      { Name: 'service', Value: service },
      { Name: 'stage', Value: 'prod' },
    ],
  });
  expect(prod.ofType('AWS::Logs::MetricFilter')).toEqual([]);
});

describe('the alarms for errors and throttles', () => {
  interface WatchedMetric {
    readonly MetricName: string;
    readonly Dimensions: readonly [{ readonly Value: string }];
  }

  /** Returns the metrics that alarms watch, each with its function. */
  const watchedBy = (alarms: readonly Pick<CloudFormationResource, 'Properties'>[]): string[] =>
    alarms.flatMap(({ Properties }) =>
      (Properties.Metrics ?? []).flatMap(({ MetricStat }: { MetricStat?: { Metric: WatchedMetric } }) =>
        MetricStat === undefined ? [] : [`${MetricStat.Metric.MetricName} ${MetricStat.Metric.Dimensions[0].Value}`],
      ),
    );

  test('cover every function of the stage, each once', () => {
    const names = prod.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName as string);
    const expected = names.flatMap((name) => [`Errors ${name}`, `Throttles ${name}`]);
    expect(watchedBy(prod.ofType('AWS::CloudWatch::Alarm').map(([, alarm]) => alarm)).sort()).toEqual(expected.sort());
  });

  test.each([
    [10, ['FunctionErrorsAlarm', 'ThrottlesAlarm']],
    [11, ['FunctionErrorsAlarm', 'FunctionErrorsAlarm2', 'ThrottlesAlarm', 'ThrottlesAlarm2']],
  ])('are as few as 10 metrics an alarm allow: %j functions', (count, ids) => {
    const names = Array.from({ length: count }, (_, index) => `function-${index}`);
    const alarms = functionAlarms(names, 'arn:aws:sns:eu-central-1:123456789012:alarms');
    expect(Object.keys(alarms)).toEqual(ids);
    expect(watchedBy(Object.values(alarms))).toHaveLength(2 * count);
    for (const { Properties } of Object.values(alarms)) {
      expect((Properties.Metrics as unknown[]).length).toBeLessThanOrEqual(11);
    }
  });
});

test('docs/deploying.md sums up what the alarms and the dashboard of an idle prod stage cost', () => {
  const [, section = ''] = readFileSync('docs/deploying.md', 'utf8').split('## What an idle stage costs');
  const engine = readFileSync('lib/build/stack/functions.yml', 'utf8').match(/^\w+(?=:)/gm) ?? [];
  // Without the core function and the demo page, which are off by default in prod, and with the example's four.
  const functions = engine.filter((name) => name !== 'core' && name !== 'page').length + 4;
  // The alarms for theft and for 5xx, and two for each function: the tests above count these.
  const alarms = (2 + 2 * functions) * PRICES.alarmMetric;
  const other = 2 * 0.01;
  const total = alarms + PRICES.dashboard + other;
  expect(section).toContain(`; ${functions} functions | ${alarms.toFixed(2)} | 0 |`);
  expect(section).toContain(`| the dashboard | ${PRICES.dashboard.toFixed(2)} | 0 |`);
  expect(section).toContain(`| **together** | **${total.toFixed(2)}** | **${other.toFixed(2)}** |`);
});

describe('the dashboard', () => {
  interface Widget {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly properties: {
      readonly metrics?: readonly (readonly [namespace: string, name: string, ...rest: unknown[]])[];
      readonly alarms?: readonly string[];
    };
  }
  const bodyOf = (stage: Template): string => stage.resources.Dashboard?.Properties.DashboardBody['Fn::Sub'];
  const widgetsOf = (stage: Template) => (JSON.parse(bodyOf(stage)) as { widgets: Widget[] }).widgets;
  const metricsOf = (namespace: string) =>
    widgetsOf(prod).flatMap(({ properties }) => (properties.metrics ?? []).filter(([name]) => name === namespace));
  const namesOf = (namespace: string) => new Set(metricsOf(namespace).map(([, name]) => name));
  const resourcesOf = (namespace: string) => new Set(metricsOf(namespace).map((metric) => metric[3]));

  test('is on in prod alone', () => {
    expect(prod.resources.Dashboard).toMatchObject({
      Type: 'AWS::CloudWatch::Dashboard',
      Condition: 'Dashboard',
      Properties: { DashboardName: `${service}-prod` },
    });
    expect(prod.conditions.Dashboard).toEqual({ 'Fn::Equals': ['on', 'on'] });
    expect(template.conditions.Dashboard).toEqual({ 'Fn::Equals': ['off', 'on'] });
  });

  test('shows every metric that the code emits, by the dimensions in which it does, and no other of ours', () => {
    expect(namesOf(METRICS_NAMESPACE)).toEqual(new Set(Object.keys(METRICS)));
    for (const [, , ...dimensions] of metricsOf(METRICS_NAMESPACE)) {
      expect(dimensions.slice(0, 4)).toEqual(['service', service, 'stage', 'prod']);
    }
  });

  test('shows the API, every function and every table, by metrics that AWS has', () => {
    // https://docs.aws.amazon.com: apigateway/…/http-api-metrics, lambda/…/monitoring-metrics-types,
    // amazondynamodb/…/metrics-dimensions.
    expect(namesOf('AWS/ApiGateway')).toEqual(new Set(['Count', '4xx', '5xx', 'Latency']));
    expect(namesOf('AWS/Lambda')).toEqual(new Set(['Duration', 'Errors', 'Throttles']));
    const tableMetrics = ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'];
    tableMetrics.push('ReadThrottleEvents', 'WriteThrottleEvents');
    expect(namesOf('AWS/DynamoDB')).toEqual(new Set(tableMetrics));
    const deployed = (type: string, name: string) =>
      new Set(prod.ofType(type).map(([, { Properties }]) => Properties[name] as string));
    expect(resourcesOf('AWS/Lambda')).toEqual(deployed('AWS::Lambda::Function', 'FunctionName'));
    expect(resourcesOf('AWS/DynamoDB')).toEqual(deployed('AWS::DynamoDB::Table', 'TableName'));
  });

  test('shows the alarms, where there are any', () => {
    const shown = (stage: Template) => widgetsOf(stage).flatMap(({ properties }) => properties.alarms ?? []);
    expect(shown(prod)).toEqual(prod.ofType('AWS::CloudWatch::Alarm').map(([id]) => `\${${id}.Arn}`));
    expect(shown(template)).toEqual([]);
  });

  test('refers to nothing that the template does not have', () => {
    const references = [...bodyOf(prod).matchAll(/\$\{([\w:]+)/g)].map(([, name]) => name);
    expect(references).toEqual(expect.arrayContaining(['HttpApi', 'AWS::Region']));
    const known = ['AWS::Region', ...Object.keys(prod.resources)];
    expect(references.filter((name = '') => !known.includes(name))).toEqual([]);
  });

  test('puts no widget on another, nor beyond the 24 columns', () => {
    const widgets = widgetsOf(prod);
    expect(new Set(widgets.map(({ x, y }) => `${x} ${y}`)).size).toBe(widgets.length);
    expect(widgets.filter(({ x, width }) => x % width !== 0 || x + width > 24)).toEqual([]);
  });
});

test('X-Ray is off unless a stage turns it on, its permission too', () => {
  expect(template.conditions.Tracing).toEqual({ 'Fn::Equals': ['off', 'on'] });
  for (const [, { Properties }] of template.ofType('AWS::Lambda::Function'))
    expect(Properties.TracingConfig).toEqual({ Mode: 'PassThrough' });
});
