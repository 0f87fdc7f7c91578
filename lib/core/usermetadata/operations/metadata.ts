import type { JsonObject, UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';

/** How many bytes of JSON a user's metadata may have. A DynamoDB item has at most 400 KB. */
export const MAX_METADATA_BYTES = 256 * 1024;

/** @returns the metadata, or `too-large` if there would be more than {@link MAX_METADATA_BYTES} */
export type UpdateMetadataResult =
  | { readonly kind: 'updated'; readonly metadata: JsonObject }
  | { readonly kind: 'too-large' };

/** Replaces the members that the update names, and removes those that it sets to null. Of concurrent updates none is lost. */
export async function updateMetadata(
  { stores, random }: UserContext,
  userId: UserId,
  update: JsonObject,
): Promise<UpdateMetadataResult> {
  for (;;) {
    const read = await stores.metadata.get(userId);
    const metadata = merged(read?.metadata ?? {}, update);
    if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) return { kind: 'too-large' };
    const isStored = await stores.metadata.replace(userId, read, { metadata, revision: random.uuid() });
    if (isStored) return { kind: 'updated', metadata };
  }
}

/** At the top level only. */
const merged = (metadata: JsonObject, update: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries({ ...metadata, ...update }).filter(([, value]) => value !== null));
