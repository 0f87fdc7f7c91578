/** A flat item: nested data is kept as JSON text, binary data as base64url text. */
export type Item = Readonly<Record<string, string | number | boolean>>;
export type Key = Readonly<Record<string, string>>;

type AttributeValue = { readonly S: string } | { readonly N: string } | { readonly BOOL: boolean };
export type AttributeMap = Readonly<Record<string, AttributeValue>>;

export const toAttributes = (item: Item): AttributeMap =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

function toAttribute(value: string | number | boolean): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { BOOL: value };
}

export const fromAttributes = (map: AttributeMap): Item =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, fromAttribute(value)]));

function fromAttribute(value: AttributeValue): string | number | boolean {
  if ('S' in value) return value.S;
  return 'N' in value ? Number(value.N) : value.BOOL;
}
