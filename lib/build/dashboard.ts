import type { ServerlessService } from './serverless-service.ts';

/** Draws the stage's dashboard from the functions, tables and alarms that the stage has. */
export function drawDashboard(service: ServerlessService): void {
  const { Dashboard } = service.resources.Resources;
  if (Dashboard === undefined) return;
  const body = { widgets: inRows(widgetsOf(service, service.custom.engine.monitoring.alarms === 'on')) };
  // The template knows the API's id, the alarms' addresses and the region only when it is deployed.
  Dashboard.Properties.DashboardBody = { 'Fn::Sub': JSON.stringify(body) };
}

interface Widget {
  readonly type: 'alarm' | 'metric';
  readonly properties: object;
}

/** `[namespace, name, …dimension names and values, options]` */
type Metric = readonly (string | { readonly label: string; readonly stat?: string })[];

/** A reference that CloudFormation replaces when it deploys. */
const reference = (to: string): string => `\${${to}}`;

/** Two widgets fill a row of the dashboard's 24 columns. */
const WIDTH = 12;
const HEIGHT = 6;
const inRows = (widgets: readonly Widget[]) =>
  widgets.map((widget, at) => ({
    ...widget,
    x: (at % 2) * WIDTH,
    y: Math.floor(at / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
  }));

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function widgetsOf(service: ServerlessService, hasAlarms: boolean): Widget[] {
  const { Resources } = service.resources;
  const ofType = (type: string) => Object.entries(Resources).filter(([, resource]) => resource.Type === type);
  const functions = Object.values(service.functions).map(({ name }) => name);
  const tables = ofType('AWS::DynamoDB::Table').map(([, { Properties }]) => String(Properties.TableName));
  const alarms = ofType('AWS::CloudWatch::Alarm').map(([id]) => id);
  return [
    ...(hasAlarms ? [alarmWidget(alarms)] : []),
    ...serviceWidgets(service),
    ...gatewayWidgets(),
    ...functionWidgets(functions),
    ...tableWidgets(tables),
  ];
}

const alarmWidget = (ids: readonly string[]): Widget => ({
  type: 'alarm',
  properties: { title: 'Alarms', alarms: ids.map((id) => reference(`${id}.Arn`)) },
});

/** The metrics that the functions write: the names are those of lib/observability/metrics.ts. */
function serviceWidgets({ service, provider }: ServerlessService): Widget[] {
  const dimensions = ['service', service, 'stage', String(provider.environment.STAGE)];
  const ours = (name: string, ...options: Metric): Metric => ['SuperTokensSessions', name, ...dimensions, ...options];
  return [
    graph('Log-ins', 'Sum', [ours('Logins'), ours('Signups'), ours('LoginFailures')]),
    graph('Refreshes', 'Sum', [ours('Refreshes'), ours('RefreshGraceReuse')]),
    graph('Token theft', 'Sum', [ours('TokenTheftDetected')]),
    graph('Failures: 5xx, and calls that ended in an error', 'Sum', [ours('Failures')]),
    graph('Core latency, ms', 'p50', [
      ours('CoreLatency', { stat: 'p50', label: 'p50' }),
      ours('CoreLatency', { stat: 'p99', label: 'p99' }),
    ]),
    graph('Cold starts', 'Sum', [ours('ColdStarts')]),
  ];
}

function gatewayWidgets(): Widget[] {
  const api = reference('HttpApi');
  const ofApi = (name: string, ...options: Metric): Metric => ['AWS/ApiGateway', name, 'ApiId', api, ...options];
  return [
    graph('API: requests and errors', 'Sum', [ofApi('Count'), ofApi('4xx'), ofApi('5xx')]),
    graph('API: latency, ms', 'p50', [
      ofApi('Latency', { stat: 'p50', label: 'p50' }),
      ofApi('Latency', { stat: 'p99', label: 'p99' }),
    ]),
  ];
}

function functionWidgets(functions: readonly string[]): Widget[] {
  const each = (metric: string): Metric[] =>
    functions.map((name) => ['AWS/Lambda', metric, 'FunctionName', name, { label: name }]);
  return [
    graph('Functions: duration, p99, ms', 'p99', each('Duration')),
    graph('Functions: errors', 'Sum', each('Errors')),
    graph('Functions: throttles', 'Sum', each('Throttles')),
  ];
}

function tableWidgets(tables: readonly string[]): Widget[] {
  const each = (metric: string): Metric[] =>
    tables.map((name) => ['AWS/DynamoDB', metric, 'TableName', name, { label: name }]);
  const throttles = tables.flatMap((name) =>
    ['Read', 'Write'].map((way): Metric => {
      const label = { label: `${name} ${way}` };
      return ['AWS/DynamoDB', `${way}ThrottleEvents`, 'TableName', name, label];
    }),
  );
  return [
    graph('Tables: read capacity units consumed', 'Sum', each('ConsumedReadCapacityUnits')),
    graph('Tables: write capacity units consumed', 'Sum', each('ConsumedWriteCapacityUnits')),
    graph('Tables: throttled', 'Sum', throttles),
  ];
}

const graph = (title: string, stat: string, metrics: readonly Metric[]): Widget => ({
  type: 'metric',
  properties: { title, view: 'timeSeries', region: reference('AWS::Region'), period: 300, stat, metrics },
});
