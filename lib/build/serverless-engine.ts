import { stop } from 'esbuild';
import { refuseFaults } from './configuration-check.ts';
import { drawDashboard } from './dashboard.ts';
import { leaveOutExistingTables, protectDeployedTables } from './deployed-tables.ts';
import { encryptWith, type KeyArn } from './encryption.ts';
import { addFunctionAlarms } from './function-alarms.ts';
import { completeRoles } from './function-role-settings.ts';
import { arrangeOptionalParts } from './optional-parts.ts';
import { compressPackages } from './package-compression.ts';
import { acceptAnyRegion } from './region-names.ts';
import type { Serverless } from './serverless-service.ts';
import { extendStage } from './stage-parameters.ts';
import { arrangeCors } from './website-cors.ts';

/** The Serverless plugin that makes the engine's part of the stack from serverless.yml. It stands before serverless-esbuild. */
export default class ServerlessEngine {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;

  constructor(serverless: Serverless) {
    const { service } = serverless;
    // The Serverless Framework resolves `${param:…}` after this, and validates serverless.yml.
    const stage = extendStage(serverless);
    acceptAnyRegion(serverless);
    this.hooks = {
      async initialize() {
        arrangeOptionalParts(service);
        arrangeCors(service.provider);
        await refuseFaults(serverless, stage);
        addFunctionAlarms(service);
        drawDashboard(service);
        completeRoles(service);
      },
      // serverless-esbuild has put the packages where they stay.
      'before:package:compileLayers': () => compressPackages(service),
      // The resources are in the template, which is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources'() {
        leaveOutExistingTables(service);
        const key = service.custom.engine.parameters.kmsKeyArn as KeyArn;
        if (key !== '') encryptWith(key, service.provider.compiledCloudFormationTemplate);
      },
      // The stack exists, and the template is not uploaded yet.
      'before:aws:deploy:deploy:checkForChanges': () => protectDeployedTables(serverless),
      // After a build error, serverless-esbuild keeps esbuild's process, and the command would never end.
      error: () => void stop(),
    };
  }
}
