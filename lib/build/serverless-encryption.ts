import { encryptWith, type KeyArn } from './encryption.ts';
import type { Serverless } from './serverless-service.ts';

/** A Serverless plugin that encrypts tables, logs and environments with the key that the parameter `kmsKeyArn` names. */
export default class ServerlessEncryption {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor({ service }: Serverless) {
    this.hooks = {
      // The resources are in the template, which is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources'() {
        const key = service.custom.engine.parameters.kmsKeyArn as KeyArn;
        if (key !== '') encryptWith(key, service.provider.compiledCloudFormationTemplate);
      },
    };
  }
}
