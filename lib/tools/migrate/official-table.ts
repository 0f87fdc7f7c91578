import type pg from 'pg';

/** A table as far as a move writes it. The other columns keep their values, or their defaults in a new row. */
export interface OfficialTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Those of the columns that name a row. */
  readonly key: readonly string[];
}

/** Values by column. A number beyond 2^53 is text. */
export type OfficialTableRow = Readonly<Record<string, string | number | boolean | null>>;

/** What has to be done so that a table has the new rows instead of the old ones. */
export interface RowChanges {
  readonly gone: readonly OfficialTableRow[];
  readonly put: readonly OfficialTableRow[];
}

export function rowChanges(
  { columns, key }: OfficialTable,
  before: readonly OfficialTableRow[],
  after: readonly OfficialTableRow[],
): RowChanges {
  const nameOf = (row: OfficialTableRow) => JSON.stringify(key.map((column) => row[column]));
  const old = new Map(before.map((row) => [nameOf(row), row]));
  const names = new Set(after.map(nameOf));
  const isSame = (row: OfficialTableRow) =>
    columns.every((column) => String(old.get(nameOf(row))?.[column]) === String(row[column]));
  return {
    gone: before.filter((row) => !names.has(nameOf(row))),
    put: after.filter((row) => !old.has(nameOf(row)) || !isSame(row)),
  };
}

export async function deleteRows(
  client: pg.Client,
  { name, key }: OfficialTable,
  rows: readonly OfficialTableRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const condition = key.map((column) => `t.${column} = r.${column}`).join(' AND ');
  await client.query(
    `DELETE FROM ${name} t USING jsonb_populate_recordset(NULL::${name}, $1) r WHERE t.app_id = 'public' AND ${condition}`,
    [JSON.stringify(rows)],
  );
}

/**
 * Inserts rows, or replaces those with the same key. A row that another transaction has inserted meanwhile makes the transaction fail, if it
 * is one of `REPEATABLE READ`.
 * @param kept columns that an existing row keeps
 */
export async function putRows(
  client: pg.Client,
  { name, columns, key }: OfficialTable,
  rows: readonly OfficialTableRow[],
  kept: readonly string[] = [],
): Promise<void> {
  if (rows.length === 0) return;
  const all = ['app_id', ...columns].join(', ');
  const changing = columns.filter((column) => !key.includes(column) && !kept.includes(column));
  const update = changing.map((column) => `${column} = excluded.${column}`).join(', ');
  await client.query(
    `INSERT INTO ${name} (${all}) SELECT ${all} FROM jsonb_populate_recordset(NULL::${name}, $1)
     ON CONFLICT (${['app_id', ...key].join(', ')}) DO ${update === '' ? 'NOTHING' : `UPDATE SET ${update}`}`,
    [JSON.stringify(rows.map((row) => ({ app_id: 'public', ...row })))],
  );
}
