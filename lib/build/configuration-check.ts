import { listOfFaults } from '../config/variables.ts';
import { environmentFaults } from './environment-faults.ts';
import { existingTableFaults } from './existing-tables.ts';
import { handlerFaults, missingFiles } from './handler-exports.ts';
import { nameFaults } from './name-limits.ts';
import { parameterFaults } from './parameter-faults.ts';
import { regionFaults } from './region-names.ts';
import { roleFaults } from './role-faults.ts';
import type { Serverless } from './serverless-service.ts';
import type { StageEntry } from './stage-parameters.ts';
import { websiteFaults } from './website-faults.ts';

/**
 * Refuses to package, deploy or run what is wrongly configured. It names every fault at once, before anything is built.
 * @throws the Serverless Framework's own error
 */
export async function refuseFaults(serverless: Serverless, stage: StageEntry): Promise<void> {
  const command = serverless.processedInput.commands.join(' ');
  if (command === 'deploy function') throw new serverless.classes.Error(NO_SINGLE_FUNCTION);
  const faults = await faultsOf(command, serverless, stage);
  if (faults.length > 0) throw new serverless.classes.Error(listOfFaults(faults));
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

/** The commands that build something. Others, such as `remove`, must work with any configuration. */
const PACKAGING = ['package', 'deploy'];

/** It would replace the code, and then stop: it needs the roles' names, which CloudFormation chooses. */
const NO_SINGLE_FUNCTION =
  'serverless deploy function does not work here, because it cannot find the roles of the functions. ' +
  'Use npm run deploy with the same --stage. It uploads all functions, and CloudFormation updates those that have changed.';
