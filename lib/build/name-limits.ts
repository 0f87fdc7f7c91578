import type { ServerlessService } from './serverless-service.ts';

/** AWS's limits for the names that a stage makes, in characters. */
interface Limit {
  readonly what: string;
  readonly characters: number;
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const FUNCTION: Limit = { what: 'function', characters: 64 };
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
const TABLE: Limit = { what: 'table', characters: 255 };
/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
const STACK: Limit = { what: 'stack', characters: 128 };

/** Returns a fault for each kind of names that AWS would refuse for their length. */
export function nameFaults({ service, functions, resources, provider }: ServerlessService): string[] {
  const tables = Object.values(resources.Resources)
    .filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
    .flatMap(({ Properties }) => (typeof Properties.TableName === 'string' ? [Properties.TableName] : []));
  return [
    ...longNames(
      Object.values(functions).map(({ name }) => name),
      FUNCTION,
    ),
    ...longNames(tables, TABLE),
    ...longNames([provider.stackName ?? `${service}-${provider.environment.STAGE}`], STACK),
  ];
}

function longNames(names: readonly string[], { what, characters }: Limit): string[] {
  const long = names.filter((name) => name.length > characters);
  if (long.length === 0) return [];
  const longest = long.reduce((one, other) => (other.length > one.length ? other : one));
  return [
    `${long.length} ${what} name${long.length === 1 ? ' is' : 's are'} longer than the ${characters} characters that AWS ` +
      `allows. The longest is ${longest}. Shorten the stage or the service by ${longest.length - characters}`,
  ];
}
