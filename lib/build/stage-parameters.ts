import type { Serverless } from './serverless-service.ts';

/** The section `params` of serverless.yml: each stage's parameters, and those that all stages share as `default`. */
export type StageParameters = Readonly<Record<string, Parameters>>;

type Parameters = Readonly<Record<string, unknown>>;

/** The stage that `default` describes. It needs no entry. */
export const DEVELOPMENT = 'dev';
const SHARED = 'default';

/** What a stage takes from the section, and what is wrong with its entry. */
export interface StageEntry {
  readonly parameters: Parameters;
  readonly faults: readonly string[];
}

/** Adds the parameters of the stages that this one extends. Only a plugin's constructor may call it. */
export function extendStage(serverless: Serverless): StageEntry {
  const { configurationInput, processedInput, service } = serverless;
  const { stage } = service.provider;
  const given = processedInput.options.param?.map((pair) => /^extends=(.*)$/.exec(pair)?.[1]).find(Boolean);
  const entry = parametersOf(configurationInput.params ?? {}, stage, given);
  if (entry.faults.length === 0) serverless.extendConfiguration(['params', stage], entry.parameters);
  return entry;
}

/**
 * Returns the parameters of a stage, without the shared ones: its own, and those of the stage that it extends.
 * @param given the stage that the command line says this one extends, by `--param extends=…`
 */
export function parametersOf(stages: StageParameters, stage: string, given?: string): StageEntry {
  const chain: string[] = [];
  const collected: Parameters[] = [];
  for (let next: string | undefined = stage; next !== undefined && next !== SHARED; ) {
    const fault = faultOf(stages, next, chain, given);
    if (fault !== undefined) return { parameters: {}, faults: [fault] };
    chain.push(next);
    const { extends: parent, ...own } = stages[next] ?? {};
    collected.unshift(own);
    const base: unknown = next === stage ? (given ?? parent) : parent;
    next = base === undefined || base === null ? undefined : String(base);
  }
  return { parameters: Object.assign({}, ...collected), faults: [] };
}

function faultOf(
  stages: StageParameters,
  name: string,
  chain: readonly string[],
  given: string | undefined,
): string | undefined {
  const child = chain.at(-1);
  if (chain.includes(name)) return `The stage ${name} extends itself: ${[...chain, name].join(', ')}`;
  if (Object.hasOwn(stages, name) || name === DEVELOPMENT) return undefined;
  if (child !== undefined) return `The stage ${child} extends ${name}, which is not in params of serverless.yml`;
  return given === undefined ? unknownStage(stages, name) : undefined;
}

function unknownStage(stages: StageParameters, name: string): string {
  const known = Object.keys(stages).filter((stage) => stage !== SHARED);
  const meant = known.find((stage) => name.toLowerCase().startsWith(stage.toLowerCase()));
  return (
    `The stage ${name} is not in params of serverless.yml. ${meant === undefined ? '' : `Did you mean ${meant}? `}` +
    `To add it, name the stage whose parameters it extends: "${name}: { extends: ${meant ?? 'prod'} }", or ` +
    `"${name}: { extends: ${DEVELOPMENT} }". For a single deployment, add --param extends=${DEVELOPMENT}`
  );
}
