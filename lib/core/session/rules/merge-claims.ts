import type { Json, JsonObject } from '../../types.ts';
import { isSameInJavaScript } from './access-token.ts';

/**
 * A three-way merge of a session's claims, one top-level claim at a time. A claim that the caller has changed is taken
 * from the caller. Every other claim is taken from the row, so changes and removals there are kept. A number that the
 * caller could not read exactly is no change.
 * @param presented the claims of the access token, from which the caller made `wanted`
 * @param stored the claims of the row
 */
export function mergeClaims(presented: JsonObject, stored: JsonObject, wanted: JsonObject): JsonObject {
  const names = new Set([...Object.keys(stored), ...Object.keys(wanted)]);
  const merged = [...names].flatMap((name) => {
    const isChanged = !isSameInJavaScript(memberOf(presented, name), memberOf(wanted, name));
    return memberOf(isChanged ? wanted : stored, name);
  });
  return Object.fromEntries(merged);
}

/** Name and value of an own member; empty if it is absent. */
function memberOf(claims: JsonObject, name: string): [string, Json][] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return value === undefined ? [] : [[name, value]];
}
