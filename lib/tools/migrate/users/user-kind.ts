import type { RecordKind } from '../records/record-kind.ts';
import type { MovedUser } from './user.ts';

export const USERS: RecordKind<MovedUser> = {
  name: 'user',
  one: 'user',
  title: 'Users',
  rules: {
    login: 'whole',
    mapping: 'whole',
    verifiedEmails: 'elements',
    metadata: 'whole',
    roles: 'elements',
    resetTokens: 'elements',
    verificationTokens: 'elements',
    lastActive: 'later',
  },
  isRemnant: (name, { login }) => name === 'login' && login?.isRetired === true,
  partNames: {
    login: 'how the user logs in',
    mapping: 'the external id',
    verifiedEmails: 'the verified e-mails',
    metadata: 'the metadata',
    roles: 'the roles',
    resetTokens: 'the reset links',
    verificationTokens: 'the verification links',
    lastActive: 'the last activity',
  },
};
