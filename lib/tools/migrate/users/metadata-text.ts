import { parseJson } from '../../../core/json.ts';
import { isJsonObject, type Json } from '../../../core/types.ts';

/**
 * Writes metadata so that equal metadata has equal text: keys are sorted, and numbers are as they were. An empty object is as no
 * metadata.
 * @returns `undefined` if the text is no JSON object
 */
export function metadataText(text: string): string | null | undefined {
  try {
    const value = parseJson(text);
    if (!isJsonObject(value)) return undefined;
    return Object.keys(value).length === 0 ? null : sorted(value);
  } catch {
    return undefined;
  }
}

/** Builds the text itself, because no object keeps a key such as `10` where it was put. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(value[name] as Json)}`).join(',')}}`;
}
