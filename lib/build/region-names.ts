import type { Serverless } from './serverless-service.ts';

const DIRECTIONS = 'central|east|north|northeast|northwest|south|southeast|southwest|west';
const REGION = new RegExp(`^[a-z]{2,4}(-[a-z]{2,4})?-(${DIRECTIONS})-\\d$`);

/**
 * Whether AWS may have a region of that name, such as `eu-central-1` or `us-gov-west-1`. This finds most typing errors, and needs
 * no list: the Serverless Framework's own lacks seven of AWS's regions.
 */
export const isRegionName = (name: string): boolean => REGION.test(name);

/**
 * The Serverless Framework refuses regions that its list lacks. It stops at such a region in serverless.yml before any other fault
 * is found, and accepts any `--region`. So {@link regionFaults} checks instead.
 */
export function acceptAnyRegion({ configSchemaHandler }: Serverless): void {
  delete configSchemaHandler.schema.properties.provider.properties.region.enum;
}

export function regionFaults(serverless: Serverless): string[] {
  const region = serverless.getProvider('aws').getRegion();
  return isRegionName(region) ? [] : [`The region ${region} is not an AWS region, such as eu-central-1`];
}
