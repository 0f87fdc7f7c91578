/** The domain of each of AWS's partitions by the beginning of its regions' names. All other regions are in `aws`. */
const DOMAINS: Readonly<Record<string, string>> = {
  'cn-': 'amazonaws.com.cn',
  'eusc-': 'amazonaws.eu',
  'us-iso-': 'c2s.ic.gov',
  'us-isob-': 'sc2s.sgov.gov',
  'us-isof-': 'csp.hci.ic.gov',
  'eu-isoe-': 'cloud.adc-e.uk',
};

/**
 * Returns the address of DynamoDB in an AWS region. It needs no list of regions, so a new region needs no update.
 * @see https://docs.aws.amazon.com/general/latest/gr/ddb.html
 */
export const endpointOf = (region: string): string => serviceEndpoint('dynamodb', region);

/**
 * Returns the address of one of AWS's services in a region.
 * @param name the first label of its host, such as `email` for Amazon SES
 */
export function serviceEndpoint(name: string, region: string): string {
  const prefix = Object.keys(DOMAINS).find((beginning) => region.startsWith(beginning));
  return `https://${name}.${region}.${prefix === undefined ? 'amazonaws.com' : DOMAINS[prefix]}`;
}
