import { readStack } from '../fixtures/stack.ts';

test.each(['user', 'core'])('the function %s is given the key that checks password hashes from Firebase', (name) => {
  const deployed = readStack().functions.find((each) => each.name === name);
  expect(Object.keys(deployed?.environment ?? {})).toContain('FIREBASE_PASSWORD_HASHING_SIGNER_KEY');
});
