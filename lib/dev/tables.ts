/** The tables of a stage by their purpose. The same ones stand in serverless.yml, for AWS; a test compares the two. */
export const TABLES = {
  sessions: ['pk', 'sk'],
  keys: ['pk'],
  publishedKeys: ['pk'],
  users: ['pk'],
  likes: ['pk', 'sk'],
} as const;

export type TablePurpose = keyof typeof TABLES;
export type TableNames = Readonly<Record<TablePurpose, string>>;

const SUFFIXES: TableNames = {
  sessions: 'sessions',
  keys: 'keys',
  publishedKeys: 'published-keys',
  users: 'users',
  likes: 'likes',
};

/** `<service>-<stage>-<purpose>` */
export function tableNames(service: string, stage: string): TableNames {
  const entries = Object.entries(SUFFIXES).map(([purpose, suffix]) => [purpose, `${service}-${stage}-${suffix}`]);
  return Object.fromEntries(entries) as TableNames;
}
