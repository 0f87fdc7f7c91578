import { completeRoles } from './function-role-settings.ts';
import type { Serverless } from './serverless-service.ts';

/** A Serverless plugin that gives the stage's roles the permissions boundary, and functions in a VPC their permissions. */
export default class ServerlessRoles {
  readonly hooks: { initialize(): void };

  constructor({ service }: Serverless) {
    // The plugins before this one have removed functions.
    this.hooks = { initialize: () => completeRoles(service) };
  }
}
