import middy from '@middy/core';
import { readKeyFunctionConfig } from '../config.ts';
import { createCore } from '../core/index.ts';
import { createKeyStore } from '../core/store/dynamodb/index.ts';
import { createDynamoDb } from '../dynamodb.ts';
import { reportCoreEvent } from '../report.ts';
import { systemRandom } from '../system-random.ts';

/**
 * A function for a schedule: makes the next signing key when it is due. Without it a request would start that in the
 * background, and Lambda freezes what runs on after an answer.
 * @throws ConfigurationError
 */
export function keyFunction() {
  const { dynamoDb, tables, settings } = readKeyFunctionConfig();
  const { endpoint, region } = dynamoDb;
  const store = createKeyStore(createDynamoDb({ region, ...(endpoint !== undefined && { endpoint }) }), tables);
  const core = createCore({ store, clock: Date.now, random: systemRandom, config: settings, report: reportCoreEvent });
  return middy(async (): Promise<object> => {
    await core.rotateSigningKeyIfDue();
    return { done: true };
  });
}
