import type { Resource } from './serverless-service.ts';

/** A template of CloudFormation, as far as tables matter. */
export interface Template {
  Resources: Record<string, Resource>;
}

const isTable = ({ Type }: Resource): boolean => Type === 'AWS::DynamoDB::Table';

/** Returns the ids of the template's tables. */
export const tablesIn = ({ Resources }: Template): string[] =>
  Object.entries(Resources).flatMap(([id, resource]) => (isTable(resource) ? [id] : []));

/**
 * Returns the ids of the tables that the parameter `existingTables` names.
 * @param given ids separated by commas, or `all`
 */
export function existingTables(given: string, template: Template): string[] {
  if (given.trim() === 'all') return tablesIn(template);
  return given.split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()]));
}

/** Returns a fault for each id that is none of a table. */
export function existingTableFaults(given: string, template: Template): string[] {
  const known = tablesIn(template);
  return existingTables(given, template)
    .filter((id) => !known.includes(id))
    .map((id) => `The parameter existingTables names ${id}, but resources has these tables: ${known.join(', ')}`);
}

/**
 * Removes tables from the template. Whatever refers to them, such as a role, refers to the tables of those names
 * instead, which CloudFormation then neither creates nor deletes.
 */
export function leaveOut(ids: readonly string[], template: Template): void {
  const names = new Map(ids.map((id) => [id, template.Resources[id]?.Properties.TableName]));
  for (const id of ids) delete template.Resources[id];
  template.Resources = withoutReferences(template.Resources, names) as Template['Resources'];
}

function withoutReferences(value: unknown, names: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutReferences(entry, names));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] | string };
  if (ref !== undefined && names.has(ref)) return names.get(ref);
  const [id = '', name] = typeof attribute === 'string' ? attribute.split('.') : (attribute ?? []);
  if (names.has(id) && name === 'Arn') return arnOf(names.get(id));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutReferences(entry, names)]));
}

const arnOf = (name: unknown) => ({
  'Fn::Sub': [`arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/\${Name}`, { Name: name }],
});

/**
 * Makes CloudFormation delete a retained table after all if the deployment that creates it fails. Otherwise the next deployment
 * would find the empty table in its way.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export function retainExceptOnCreate({ Resources }: Template): void {
  for (const table of Object.values(Resources).filter(isTable)) {
    if (table.DeletionPolicy === 'Retain') table.DeletionPolicy = 'RetainExceptOnCreate';
    // A replacement has no such case, and CloudFormation refuses the word there.
    if (table.UpdateReplacePolicy === 'RetainExceptOnCreate') table.UpdateReplacePolicy = 'Retain';
  }
}

/**
 * Turns off the deletion protection of tables that this deployment creates. If the deployment fails, CloudFormation
 * cannot delete a protected table, and the next deployment fails because of it.
 * @param deployed the ids of the resources that the stack has already
 * @returns the ids of the tables that are protected from the next deployment on
 */
export function unprotectNewTables(deployed: ReadonlySet<string>, { Resources }: Template): string[] {
  const isNew = ([id, resource]: [string, Resource]): boolean =>
    isTable(resource) && !deployed.has(id) && isOn(resource.Properties.DeletionProtectionEnabled);
  return Object.entries(Resources)
    .filter(isNew)
    .map(([id, { Properties }]) => {
      Properties.DeletionProtectionEnabled = false;
      return id;
    });
}

/** The command line gives a parameter as a text. */
const isOn = (value: unknown): boolean => String(value) === 'true';
