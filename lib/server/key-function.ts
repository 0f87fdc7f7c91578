import { readKeyFunctionConfig } from '../config/core-function-config.ts';
import { createKeyStore } from '../core/store/dynamodb/index.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { type LambdaHandler, observed } from '../http/observed.ts';
import { createSystemCore } from '../supertokens/system-core.ts';

/**
 * A function for a schedule: makes the next signing key when it is due. Without it a request would start that in the
 * background, and Lambda freezes what runs on after an answer.
 * @throws ConfigurationError
 */
export function keyFunction(): LambdaHandler {
  const { dynamoDb, tables, settings } = readKeyFunctionConfig();
  const core = createSystemCore(createKeyStore(createDynamoDb(dynamoDb), tables), settings);
  const handler = async (): Promise<object> => {
    await core.rotateSigningKeyIfDue();
    return { done: true };
  };
  // It has no metrics of its own, because no client waits for it, and AWS counts its errors.
  return observed(handler, undefined);
}
