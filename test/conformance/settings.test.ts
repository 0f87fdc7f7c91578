import { loadScenarios } from './exchange.ts';
import { coreConfigFrom, describeSettings, parseSettings } from './settings.ts';

test('settings are read by the names of config.yaml or of environment variables', () => {
  expect(parseSettings('access_token_validity=2,REFRESH_TOKEN_VALIDITY=1')).toEqual({
    access_token_validity: '2',
    refresh_token_validity: '1',
  });
  expect(parseSettings('')).toEqual({});
});

test('a comma inside a value is part of it', () => {
  const settings = 'api_keys=first-key-of-this-core=01,second-key-of-this-core-02,base_path=/some/base';
  expect(parseSettings(settings)).toEqual({
    api_keys: 'first-key-of-this-core=01,second-key-of-this-core-02',
    base_path: '/some/base',
  });
});

test('an unknown setting is rejected', () => {
  expect(() => parseSettings('acess_token_validity=2')).toThrow('There is no setting acess_token_validity');
});

test('settings that mean the same are described the same', () => {
  expect(describeSettings({ base_path: '/a', access_token_validity: 2 })).toBe('access_token_validity=2,base_path=/a');
  expect(describeSettings({ access_token_validity: '2', base_path: '/a' })).toBe(
    'access_token_validity=2,base_path=/a',
  );
  expect(describeSettings({ access_token_validity: 3600, api_keys: '' })).toBe('default settings');
  expect(describeSettings({})).toBe('default settings');
});

test('our core takes them in its own units', () => {
  expect(
    coreConfigFrom({
      access_token_validity: 2,
      refresh_token_validity: 1,
      refresh_token_rotation_grace_period: 3,
      recent_token_reuse_behaviour: 'UNAUTHORISED',
      api_keys: 'a,b',
      base_path: '/some/base',
    }),
  ).toMatchObject({
    accessTokenValidity: 2000,
    refreshTokenValidity: 60_000,
    gracePeriod: 3000,
    recentTokenReuse: 'UNAUTHORISED',
    apiKeys: ['a', 'b'],
    basePath: '/some/base',
    accessTokenValidityJitter: 0,
    rotation: 'by-version',
    graceReuse: 'branch',
  });
});

test('every setting of a scenario is known', () => {
  for (const { config } of loadScenarios()) expect(() => coreConfigFrom(config)).not.toThrow();
});
