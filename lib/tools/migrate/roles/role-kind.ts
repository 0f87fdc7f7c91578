import type { RecordKind } from '../records/record-kind.ts';
import type { MovedRole } from './role.ts';

export const ROLES: RecordKind<MovedRole> = {
  name: 'role',
  one: 'role',
  title: 'Roles',
  rules: { permissions: 'whole' },
  partNames: { permissions: 'the permissions' },
};
