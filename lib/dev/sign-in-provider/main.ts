import { createSignInProvider } from './provider.ts';

// Runs the local provider as a process of its own: see sign-in-provider.ts.
const [issuer, id, secret] = process.argv.slice(2);
if (issuer === undefined || id === undefined || secret === undefined) {
  throw new Error('Pass an issuer, a client id and a client secret');
}

createSignInProvider(issuer, { id, secret }).listen(Number(new URL(issuer).port), '127.0.0.1', () => {
  process.stdout.write('Listening\n');
});
