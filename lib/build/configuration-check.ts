import { listOfFaults } from '../config/variables.ts';
import { environmentFaults } from './environment-faults.ts';
import { existingTableFaults } from './existing-tables.ts';
import { roleFaults } from './role-faults.ts';
import { handlerFaults, missingFiles } from './handler-exports.ts';
import { nameFaults } from './name-limits.ts';
import { parameterFaults } from './parameter-faults.ts';
import { isRegionName } from './region-names.ts';
import type { Serverless } from './serverless-service.ts';
import { parametersOf, type StageEntry } from './stage-parameters.ts';
import { websiteFaults } from './website-faults.ts';

/**
 * A Serverless plugin that lets a stage extend another one's parameters, and refuses to package, deploy or run what is
 * wrongly configured. It names every fault at once, before anything is built.
 */
export default class ServerlessChecks {
  readonly hooks: { initialize(): Promise<void> };

  constructor(serverless: Serverless) {
    const stage = extendStage(serverless);
    acceptAnyRegion(serverless);
    // The plugins before this one have removed functions.
    this.hooks = {
      async initialize() {
        const command = serverless.processedInput.commands.join(' ');
        if (command === 'deploy function') throw new serverless.classes.Error(NO_SINGLE_FUNCTION);
        const faults = await faultsOf(command, serverless, stage);
        if (faults.length > 0) throw new serverless.classes.Error(listOfFaults(faults));
      },
    };
  }
}

/** What would stop the command, or what it would make wrong. */
async function faultsOf(command: string, serverless: Serverless, stage: StageEntry): Promise<string[]> {
  // esbuild names what else is wrong with a handler, and npm run dev builds again after each change.
  if (command === 'offline start') return missingFiles(serverless.service.functions);
  if (!PACKAGING.includes(command)) return [];
  return [
    ...stage.faults,
    ...regionFaults(serverless),
    ...websiteFaults(serverless, stage.parameters),
    ...(await serviceFaults(serverless)),
  ];
}

/** Adds the parameters of the stages that this one extends, before the Serverless Framework resolves `${param:…}`. */
function extendStage(serverless: Serverless): StageEntry {
  const { configurationInput, processedInput, service } = serverless;
  const { stage } = service.provider;
  const given = processedInput.options.param?.map((pair) => /^extends=(.*)$/.exec(pair)?.[1]).find(Boolean);
  const entry = parametersOf(configurationInput.params ?? {}, stage, given);
  if (entry.faults.length === 0) serverless.extendConfiguration(['params', stage], entry.parameters);
  return entry;
}

async function serviceFaults({ service }: Serverless): Promise<string[]> {
  return [
    ...environmentFaults(service),
    ...parameterFaults(service.custom.engine),
    ...existingTableFaults(String(service.custom.engine.existingTables ?? ''), service.resources),
    ...roleFaults(service),
    ...nameFaults(service),
    ...(await handlerFaults(service.functions)),
  ];
}

/**
 * The Serverless Framework refuses regions that its list lacks. It stops at such a region in serverless.yml before any other fault
 * is found, and accepts any `--region`. So this plugin checks instead.
 */
function acceptAnyRegion({ configSchemaHandler }: Serverless): void {
  delete configSchemaHandler.schema.properties.provider.properties.region.enum;
}

function regionFaults(serverless: Serverless): string[] {
  const region = serverless.getProvider('aws').getRegion();
  return isRegionName(region) ? [] : [`The region ${region} is not an AWS region, such as eu-central-1`];
}

/** The commands that build something. Others, such as `remove`, must work with any configuration. */
const PACKAGING = ['package', 'deploy'];

/** It would replace the code, and then stop: it needs the roles' names, which CloudFormation chooses. */
const NO_SINGLE_FUNCTION =
  'serverless deploy function does not work here, because it cannot find the roles of the functions. ' +
  'Use npm run deploy with the same --stage. It uploads all functions, and CloudFormation updates those that have changed.';
