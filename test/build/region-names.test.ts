import { isRegionName } from '../../lib/build/region-names.ts';
import { endpoints } from '../fixtures/dynamodb-endpoints.json';

test.each(Object.keys(endpoints))('%s can be deployed to', (region) => {
  expect(isRegionName(region)).toBe(true);
});

test.each(['eu-centrall-1', 'mars-1', 'eu-central', 'Frankfurt', 'EU-CENTRAL-1', 'eu-central-1a', ''])(
  '"%s" is rejected',
  (region) => {
    expect(isRegionName(region)).toBe(false);
  },
);
