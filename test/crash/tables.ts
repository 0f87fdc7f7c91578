import { tableNames } from '../../lib/local/tables.ts';

export const TABLE_NAMES = tableNames('crash', 'test');
