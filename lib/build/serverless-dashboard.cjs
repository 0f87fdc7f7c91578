/** A plugin for serverless.yml: draws the stage's dashboard, of the functions, tables and alarms that it has. */
module.exports = class ServerlessDashboard {
  constructor(serverless) {
    // Functions are added and taken away before, by the plugin that stands first.
    this.hooks = { initialize: () => draw(serverless) };
  }
};

function draw({ service, classes }) {
  const { alarms, metrics } = service.custom.engine.monitoring;
  if (alarms === 'on' && metrics !== 'on') {
    throw new classes.Error("The alarm for token theft needs the metrics: set the stage's parameter metrics to 'on'");
  }
  const { Resources } = service.resources;
  const body = { widgets: inRows(widgetsOf(service, alarms === 'on')) };
  // The template knows the API's id, the alarms' addresses and the region only when it is deployed.
  Resources.Dashboard.Properties.DashboardBody = { 'Fn::Sub': JSON.stringify(body) };
}

/** What CloudFormation puts in when it deploys. */
const reference = (to) => `\${${to}}`;

/** Two beside each other in a dashboard's 24 columns. */
const WIDTH = 12;
const HEIGHT = 6;
const inRows = (widgets) =>
  widgets.map((widget, at) => ({
    ...widget,
    x: (at % 2) * WIDTH,
    y: Math.floor(at / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
  }));

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function widgetsOf(service, hasAlarms) {
  const { Resources } = service.resources;
  const idsOf = (type) => Object.keys(Resources).filter((id) => Resources[id].Type === type);
  const functions = Object.values(service.functions).map(({ name }) => name);
  const tables = idsOf('AWS::DynamoDB::Table').map((id) => Resources[id].Properties.TableName);
  return [
    ...(hasAlarms ? [alarmWidget(idsOf('AWS::CloudWatch::Alarm'))] : []),
    ...serviceWidgets(service),
    ...gatewayWidgets(),
    ...functionWidgets(functions),
    ...tableWidgets(tables),
  ];
}

const alarmWidget = (ids) => ({
  type: 'alarm',
  properties: { title: 'Alarms', alarms: ids.map((id) => reference(`${id}.Arn`)) },
});

/** What the functions count themselves: the names are those of lib/observability/metrics.ts. */
function serviceWidgets({ service, provider }) {
  const ours = (name, options) => ['SuperTokensSessions', name, ...dimensions, ...(options ? [options] : [])];
  const dimensions = ['service', service, 'stage', provider.environment.STAGE];
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

function gatewayWidgets() {
  const ofApi = (name, options) => [
    'AWS/ApiGateway',
    name,
    'ApiId',
    reference('HttpApi'),
    ...(options ? [options] : []),
  ];
  return [
    graph('API: requests and errors', 'Sum', [ofApi('Count'), ofApi('4xx'), ofApi('5xx')]),
    graph('API: latency, ms', 'p50', [
      ofApi('Latency', { stat: 'p50', label: 'p50' }),
      ofApi('Latency', { stat: 'p99', label: 'p99' }),
    ]),
  ];
}

function functionWidgets(functions) {
  const each = (metric) => functions.map((name) => ['AWS/Lambda', metric, 'FunctionName', name, { label: name }]);
  return [
    graph('Functions: duration, p99, ms', 'p99', each('Duration')),
    graph('Functions: errors', 'Sum', each('Errors')),
    graph('Functions: throttles', 'Sum', each('Throttles')),
  ];
}

function tableWidgets(tables) {
  const each = (metric) => tables.map((name) => ['AWS/DynamoDB', metric, 'TableName', name, { label: name }]);
  const both = (kind) => tables.flatMap((name) => ['Read', 'Write'].map((way) => ofTable(name, way, kind)));
  const ofTable = (name, way, kind) => [
    'AWS/DynamoDB',
    `${way}${kind}`,
    'TableName',
    name,
    { label: `${name} ${way}` },
  ];
  return [
    graph('Tables: read capacity units consumed', 'Sum', each('ConsumedReadCapacityUnits')),
    graph('Tables: write capacity units consumed', 'Sum', each('ConsumedWriteCapacityUnits')),
    graph('Tables: throttled', 'Sum', both('ThrottleEvents')),
  ];
}

const graph = (title, stat, metrics) => ({
  type: 'metric',
  properties: { title, view: 'timeSeries', region: reference('AWS::Region'), period: 300, stat, metrics },
});
