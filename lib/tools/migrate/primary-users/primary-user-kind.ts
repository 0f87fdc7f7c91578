import type { RecordKind } from '../records/record-kind.ts';
import type { MovedPrimaryUser } from './primary-user.ts';

export const PRIMARY_USERS: RecordKind<MovedPrimaryUser> = {
  name: 'primary',
  one: 'primary user',
  title: 'Primary users',
  rules: { members: 'elements' },
  partNames: { members: 'the linked login methods' },
};
