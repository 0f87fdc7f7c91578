const DIRECTIONS = 'central|east|north|northeast|northwest|south|southeast|southwest|west';
const REGION = new RegExp(`^[a-z]{2,4}(-[a-z]{2,4})?-(${DIRECTIONS})-\\d$`);

/**
 * Whether AWS may have a region of that name, such as `eu-central-1` or `us-gov-west-1`. This finds most typing errors, and needs
 * no list: the Serverless Framework's own lacks seven of AWS's regions.
 */
export const isRegionName = (name: string): boolean => REGION.test(name);
