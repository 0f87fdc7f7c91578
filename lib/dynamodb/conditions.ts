import type { Condition, Item } from './client.ts';

/** No item has the key. */
export const IF_NEW: Condition = { expression: 'attribute_not_exists(pk)' };

/** An item has the key. */
export const IF_THERE: Condition = { expression: 'attribute_exists(pk)' };

/** The item lacks the attribute, or there is no item. */
export const ifAbsent = (attribute: string): Condition => ({
  expression: `attribute_not_exists(#if_${attribute})`,
  names: { [`#if_${attribute}`]: attribute },
});

export const ifPresent = (attribute: string): Condition => ({
  expression: `attribute_exists(#if_${attribute})`,
  names: { [`#if_${attribute}`]: attribute },
});

/** The attribute has this value. */
export const ifEqual = (attribute: string, value: Item[string]): Condition => ({
  expression: `#if_${attribute} = :if_${attribute}`,
  names: { [`#if_${attribute}`]: attribute },
  values: { [`:if_${attribute}`]: value },
});

/** Both conditions hold. They must not give one name or value two meanings. */
export const both = (one: Condition, other: Condition): Condition => ({
  expression: `${operand(one)} AND ${operand(other)}`,
  names: { ...one.names, ...other.names },
  // DynamoDB refuses an empty map.
  ...((one.values || other.values) && { values: { ...one.values, ...other.values } }),
});

/** One of the conditions holds. They must not give one name or value two meanings. */
export const either = (one: Condition, other: Condition): Condition => ({
  ...both(one, other),
  expression: `${one.expression} OR ${other.expression}`,
});

/** The embedded DynamoDB takes three times as long for each level of parentheses, so there are only those that are needed. */
const operand = ({ expression }: Condition): string => (expression.includes(' OR ') ? `(${expression})` : expression);
