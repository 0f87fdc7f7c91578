import type { Condition } from '../../../../dynamodb/client.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import { ItemTooLarge } from '../../../errors.ts';
import type { JsonObject, Millis, SessionHandle } from '../../../types.ts';
import type { SessionRow } from '../../rules/row.ts';
import {
  type ContentName,
  contentAttributes,
  contentBytes,
  fromItem,
  MAX_CONTENT_BYTES,
  sizeAttribute,
} from './row-item.ts';
import { rowKey } from './session-keys.ts';

/** Which part of a session's content is replaced, and by what. */
export interface ContentChange {
  readonly name: ContentName;
  readonly content: JsonObject;
  /** What must be stored so far. Anything if absent. */
  readonly expected?: JsonObject | undefined;
}

/**
 * Replaces the payload or the data of a session.
 * @returns the row after the write; `undefined` if no unexpired session with the expected content was there
 * @throws ItemTooLarge
 */
export async function setContent(
  table: DynamoDbTable,
  handle: SessionHandle,
  { name, content, expected }: ContentChange,
  now: Millis,
): Promise<SessionRow | undefined> {
  const room = MAX_CONTENT_BYTES - contentBytes(content);
  const other = name === 'payload' ? 'data' : 'payload';
  const fits = ifUnexpiredWithin(room, other, now);
  const condition = expected === undefined ? fits : ifStored(fits, name, expected);
  for (;;) {
    const written = await table.update(rowKey(handle), { set: contentAttributes(name, content), condition });
    if (written !== undefined) return fromItem(handle, written);
    const item = await table.get(rowKey(handle));
    const found = item && fromItem(handle, item);
    if (found === undefined || found.expiry <= now) return undefined;
    if (expected !== undefined && JSON.stringify(found[name]) !== JSON.stringify(expected)) return undefined;
    if (contentBytes(found[other]) > room) throw new ItemTooLarge();
  }
}

const ifUnexpiredWithin = (room: number, other: ContentName, now: Millis): Condition => ({
  // Rows from before sizes were kept have none.
  expression: '#ifExpiry > :ifNow AND (attribute_not_exists(#ifBytes) OR #ifBytes <= :ifRoom)',
  names: { '#ifExpiry': 'expiry', '#ifBytes': sizeAttribute(other) },
  values: { ':ifNow': now, ':ifRoom': room },
});

const ifStored = ({ expression, names, values }: Condition, name: ContentName, expected: JsonObject): Condition => ({
  expression: `${expression} AND #ifContent = :ifContent`,
  names: { ...names, '#ifContent': name },
  values: { ...values, ':ifContent': JSON.stringify(expected) },
});
