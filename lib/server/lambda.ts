import { readCoreFunctionConfig } from '../config/core-function-config.ts';
import type { Core } from '../core/index.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { type GatewayRequest, payloadFormatOf } from '../http/gateway.ts';
import { withinLambdaTime } from '../http/lambda-time.ts';
import { type LambdaHandler, observed } from '../http/observed.ts';
import { readEvent } from '../http/read-event.ts';
import { writeResponse } from '../http/write-response.ts';
import { createCoreOn } from './core-on-tables.ts';

/**
 * The core as a Lambda function, for backends elsewhere.
 * @throws ConfigurationError, without an API key above all. Error if it keeps users, and Node.js cannot hash passwords
 */
export function coreFunction(): LambdaHandler {
  const { apiGatewayPath, dynamoDb, tables, metrics, ...settings } = readCoreFunctionConfig();
  const core = createCoreOn(createDynamoDb(dynamoDb), tables, settings);
  const handler = async (event: unknown): Promise<object> => {
    const format = payloadFormatOf(event);
    if (format === undefined) return { ignored: 'not an HTTP request' };
    return writeResponse(await ask(core, readEvent(event, format, apiGatewayPath)), format);
  };
  return observed(withinLambdaTime(handler), metrics);
}

async function ask(core: Core, { httpMethod, path, rawQueryString, headers, body }: GatewayRequest) {
  const query = new URLSearchParams(rawQueryString);
  const { status, ...answer } = await core.handle({ method: httpMethod, path, query, headers, body });
  return { statusCode: status, headers: { ...answer.headers }, body: answer.body };
}
