import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../lib/core/types.ts';
import type { Settings } from './settings.ts';

/** What a core was asked, and what it answered: see `exchanges/README.md`. */
export interface Scenario {
  readonly scenario: string;
  /** The settings of the core that differ from the default. */
  readonly config: Settings;
  /** Whether the core must have no user and no role yet, in each run. */
  readonly isFresh: boolean;
  readonly runs: readonly Run[];
}

export interface Run {
  /** `null`: no version is asked for. A pair: each step's header tells which. */
  readonly cdi: string | readonly string[] | null;
  readonly steps: readonly (Exchange | Wait)[];
}

export interface Wait {
  /** ms */
  readonly wait: number;
}

export interface Exchange {
  readonly id: string;
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
}

/** Every text may hold references. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** A body that is sent as it stands. */
  readonly raw?: string;
}

/** Bodies may hold patterns. */
export interface RecordedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly json?: Json;
  readonly text?: Json;
}

const FOLDER = join(import.meta.dirname, 'exchanges');

export function loadScenarios(): Scenario[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => readScenario(readFileSync(join(FOLDER, file), 'utf8')));
}

function readScenario(text: string): Scenario {
  const { config, ...scenario } = JSON.parse(text) as Scenario & { readonly config: { readonly fresh?: true } };
  const { fresh, ...settings } = config;
  return { ...scenario, config: settings, isFresh: fresh === true };
}

const USER_FOLDERS = [
  'emailpassword',
  'thirdparty',
  'passwordless',
  'emailverification',
  'usermetadata',
  'userroles',
  'users',
  'useridmapping',
  'accountlinking',
  'tenant',
];

/** Whether a core answers so that keeps no users. */
export const isAboutSessions = ({ scenario }: Scenario): boolean =>
  !USER_FOLDERS.includes(scenario.split('/')[0] ?? '');

/** How long a run waits in all. */
export const waitingTime = ({ steps }: Run): number =>
  steps.reduce((sum, step) => sum + ('wait' in step ? step.wait : 0), 0);
