import type { CoreRequest } from './answer.ts';
import type { CdiVersion } from './versions.ts';

/** How the caller wants to be answered. */
export interface Call {
  readonly version: CdiVersion;
}

/** A request whose address, key, method and version have been found good. */
export interface Received extends Call {
  readonly app: string;
  readonly tenant: string;
  readonly request: CoreRequest;
}
