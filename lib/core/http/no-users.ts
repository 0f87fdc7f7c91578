import { type Endpoint, withQuery } from './endpoint.ts';
import { queryText } from './schema.ts';
import { appSpecific } from './tenant-rules.ts';

/** What a core without users answers when the SDK asks whether a user is linked to others. */
export const NO_USERS: readonly Endpoint[] = [
  withQuery(
    '/user/id',
    (query) => queryText(query, 'userId'),
    appSpecific,
    async () => ({ status: 'UNKNOWN_USER_ID_ERROR' }),
  ),
];
