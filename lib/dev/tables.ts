/** The engine's tables by their purpose. lib/build/stack/tables.yml has the same ones; a test compares the two. */
export const TABLES = {
  sessions: ['pk', 'sk'],
  keys: ['pk'],
  publishedKeys: ['pk'],
  users: ['pk'],
  coreUsers: ['pk', 'sk'],
} as const;

export type TablePurpose = keyof typeof TABLES;
export type TableNames = Readonly<Record<TablePurpose, string>>;

const SUFFIXES: TableNames = {
  sessions: 'sessions',
  keys: 'keys',
  publishedKeys: 'published-keys',
  users: 'users',
  coreUsers: 'core-users',
};

/** `<service>-<stage>-<purpose>` */
export function tableNames(service: string, stage: string): TableNames {
  const entries = Object.entries(SUFFIXES).map(([purpose, suffix]) => [purpose, `${service}-${stage}-${suffix}`]);
  return Object.fromEntries(entries) as TableNames;
}
