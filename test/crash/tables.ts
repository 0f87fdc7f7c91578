import { tableNames } from '../../lib/dev/tables.ts';

export const TABLE_NAMES = tableNames('crash', 'test');
