import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser';

/**
 * The folders of one recipe of the core, and what they may import.
 * @param others what its operations use of other recipes. Its rules use only their rules
 */
function recipe(name: string, ...others: readonly string[]): Record<string, readonly string[]> {
  const folder = `lib/core/${name}`;
  const shared = ['concurrently', 'config', 'context', 'errors', 'types'].map((file) => `lib/core/${file}.ts`);
  return {
    [`${folder}/wire`]: ['lib/core/http', folder, ...shared, ...others],
    [`${folder}/operations`]: [
      ...shared,
      ...others,
      `${folder}/rules`,
      `${folder}/store/${name}-store.ts`,
      'lib/core/keys',
    ],
    [`${folder}/rules`]: [
      'lib/core/json.ts',
      'lib/core/types.ts',
      ...others.filter((other) => other.endsWith('/rules')),
    ],
    [`${folder}/store`]: [
      'lib/core/concurrently.ts',
      'lib/core/errors.ts',
      'lib/core/json.ts',
      'lib/core/types.ts',
      'lib/core/user/rules',
      'lib/core/user/store',
      `${folder}/rules`,
      'lib/dynamodb',
    ],
  };
}

/** What recipes of users share. */
const USERS = [
  'lib/core/accountlinking/operations',
  'lib/core/user/operations',
  'lib/core/user/rules',
  'lib/core/user/store/token-store.ts',
  'lib/core/user/wire',
  'lib/core/user-context.ts',
];

/** What each folder may import apart from itself, as in docs/architecture.md. A longer path wins over a shorter one. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  handlers: ['lib/index.ts', 'lib/app', 'lib/http', 'lib/server', 'lib/config/routes.ts'],
  'lib/index.ts': ['lib/http', 'lib/mail', 'lib/dynamodb'],
  'lib/app': ['lib/index.ts'],
  'lib/http': [
    'lib/supertokens',
    'lib/login',
    'lib/mail',
    'lib/secrets',
    'lib/core/types.ts',
    'lib/core/errors.ts',
    'lib/dynamodb',
    'lib/config',
    'lib/observability',
    'web',
  ],
  'lib/supertokens': [
    'lib/core',
    'lib/passwords',
    'lib/phone-numbers',
    'lib/dynamodb',
    'lib/config',
    'lib/observability',
    'lib/http/errors.ts',
  ],
  'lib/core': [],
  'lib/core/http': ['lib/core'],
  ...recipe('session'),
  ...recipe('jwt', 'lib/core/session/rules'),
  ...recipe(
    'user',
    'lib/core/accountlinking/operations',
    'lib/core/session/operations',
    'lib/core/user/store/activity-store.ts',
    'lib/core/user/store/token-store.ts',
    'lib/core/user-context.ts',
  ),
  ...recipe('emailpassword', ...USERS),
  ...recipe('thirdparty', ...USERS),
  ...recipe('passwordless', ...USERS),
  ...recipe('emailverification', ...USERS),
  ...recipe('useridmapping', ...USERS),
  ...recipe('usermetadata', ...USERS),
  ...recipe('userroles', ...USERS),
  ...recipe('accountlinking', ...USERS, 'lib/core/session/operations'),
  'lib/core/keys': ['lib/core/session/rules', 'lib/core/types.ts'],
  'lib/core/store': ['lib/core', 'lib/dynamodb'],
  'lib/passwords': ['lib/core/emailpassword/rules', 'lib/core/types.ts'],
  'lib/phone-numbers': [],
  'lib/login': ['lib/core/types.ts', 'lib/dynamodb'],
  'lib/mail': ['lib/dynamodb'],
  'lib/secrets': ['lib/dynamodb'],
  'lib/dynamodb': ['lib/config'],
  'lib/config': [
    'lib/core/user-config.ts',
    'lib/passwords/password-settings.ts',
    'lib/core/config.ts',
    'lib/core/types.ts',
    'lib/login',
    'lib/observability',
  ],
  'lib/observability': ['lib/core/types.ts'],
  'lib/server': [
    'lib/core',
    'lib/dynamodb',
    'lib/config',
    'lib/http',
    'lib/observability',
    'lib/supertokens',
    'lib/dev',
  ],
  'lib/tools': ['lib', 'web'],
  'lib/dev': ['lib/config', 'lib/dynamodb', 'lib/mail'],
  'lib/build': ['lib/config'],
  web: [],
  'web/react': [],
};

const below = (place: string): string => (place.endsWith('.ts') ? `^${place.replace('.', '[.]')}$` : `^${place}/`);
const folders = Object.keys(MAY_IMPORT);

const directions: IForbiddenRuleType[] = Object.entries(MAY_IMPORT).map(([place, allowed]) => ({
  name: `${place}-imports`,
  severity: 'error',
  comment: `${place} may import ${['itself', ...allowed].join(', ')}.`,
  from: { path: below(place), pathNot: folders.filter((other) => other.startsWith(`${place}/`)).map(below) },
  to: { path: '^(handlers|lib|test|web)/', pathNot: [place, ...allowed].map(below) },
}));

const rules: IForbiddenRuleType[] = [
  ...directions,
  {
    name: 'folder-without-rule',
    severity: 'error',
    comment: 'Add the folder to docs/architecture.md and to MAY_IMPORT.',
    from: { path: '^lib/', pathNot: folders.map(below) },
    to: {},
  },
  {
    name: 'cycle',
    severity: 'error',
    comment: 'Modules that import each other, types included, cannot be read or replaced one by one.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'core-without-packages',
    severity: 'error',
    comment: 'The core knows neither Lambda nor the SDK. It needs Node.js alone.',
    from: { path: '^lib/core/' },
    to: { path: 'node_modules|^(aws-lambda|@aws)' },
  },
  {
    name: 'no-lambda-behind-the-core',
    severity: 'error',
    comment: 'What the core imports must not know Lambda or the SDK either.',
    from: { path: '^lib/core/' },
    to: { path: 'node_modules/(@types/aws-lambda|@middy|supertokens-node)/', reachable: true },
  },
  {
    name: 'bundles-without-tools',
    severity: 'error',
    comment: 'Commands, development and building have no place in a deployed function.',
    from: { path: '^handlers/' },
    to: { path: '^lib/(build|dev|tools)/', reachable: true },
  },
  {
    name: 'react-in-its-example-alone',
    severity: 'error',
    comment: 'React is a dev dependency. It has no place in a deployed function.',
    from: { path: '^(handlers|lib|web)/', pathNot: '^web/react/' },
    to: { path: 'node_modules/(react|react-dom|supertokens-auth-react)/|^web/react/' },
  },
  {
    name: 'unresolvable',
    severity: 'error',
    comment: 'The module does not exist.',
    from: {},
    to: { couldNotResolve: true },
  },
];

const configuration: IConfiguration = {
  forbidden: rules,
  options: {
    // TypeScript 7 has no API for other tools yet. SWC reads type imports too.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(lib|web)/.*[.]d[.]c?ts$' },
  },
};

export default configuration;
