import type { Clock } from '../core/types.ts';
import { aboutInvocation, currentInvocation, type Invocation } from './invocation.ts';

/** Every metric of this service, and its unit as CloudWatch names it. */
export const METRICS = {
  /** Sessions that a log-in has created, by any method. A sign-up counts as a log-in, too. */
  Logins: 'Count',
  Signups: 'Count',
  /** Log-ins refused: wrong credentials, too many attempts, an ID token that is not good. */
  LoginFailures: 'Count',
  /** Refreshes that gave a pair of tokens, those of `RefreshGraceReuse` included. */
  Refreshes: 'Count',
  /** Refreshes with a token that had been replaced, within the grace period. Only the built-in core reports it. */
  RefreshGraceReuse: 'Count',
  TokenTheftDetected: 'Count',
  /** Answers with a status of 500 or above, and calls that ended in an error. */
  Failures: 'Count',
  /** How long each call of the core took, whether in process or over HTTP. */
  CoreLatency: 'Milliseconds',
  ColdStarts: 'Count',
} as const;

type Counter = Exclude<keyof typeof METRICS, 'CoreLatency'>;

const UNITS: Readonly<Record<string, string>> = METRICS;

/** What separates one deployment's metrics from another's in CloudWatch: together one set of dimensions. */
export interface MetricDimensions {
  readonly service: string;
  readonly stage: string;
}

export const METRICS_NAMESPACE = 'SuperTokensSessions';

/** As many values of one metric as a line may hold. */
const MAX_VALUES = 100;

/** Counts something that the current invocation has done; nothing where there is none. */
export function count(metric: Counter): void {
  const measured = currentInvocation()?.measured;
  measured?.set(metric, [(measured.get(metric)?.[0] ?? 0) + 1]);
}

/** Adds how long a call of the core took, in ms. */
export function measureCoreLatency(elapsed: number): void {
  const measured = currentInvocation()?.measured;
  // Hundredths say enough, and are shorter to read.
  measured?.set('CoreLatency', [...(measured.get('CoreLatency') ?? []), Math.round(elapsed * 100) / 100]);
}

/**
 * The one line of an invocation's metrics, in CloudWatch's embedded metric format; `undefined` if it measured nothing.
 * The ids are fields of the line and not dimensions. They cost nothing, and Logs Insights finds them.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricsEntry(invocation: Invocation, { service, stage }: MetricDimensions, clock: Clock) {
  if (invocation.measured.size === 0) return undefined;
  const now = clock();
  const values = [...invocation.measured].map(([name, [first, ...others]]) => [
    name,
    others.length === 0 ? first : [first, ...others].slice(0, MAX_VALUES),
  ]);
  const Metrics = [...invocation.measured.keys()].map((Name) => ({ Name, Unit: UNITS[Name] }));
  return {
    time: new Date(now).toISOString(),
    level: 'info',
    message: 'Metrics',
    ...aboutInvocation(invocation),
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: METRICS_NAMESPACE, Dimensions: [['service', 'stage']], Metrics }],
    },
    service,
    stage,
    ...Object.fromEntries(values),
  };
}
