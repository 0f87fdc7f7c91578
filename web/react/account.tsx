import { useEffect, useState } from 'react';
import { signOut, useSessionContext } from 'supertokens-auth-react/recipe/session';
import { readSession, type SessionInfo } from './api.ts';

/** What the API knows of the user's session. */
export function Account() {
  const [info, setInfo] = useState<SessionInfo>();
  const [fault, setFault] = useState('');
  const session = useSessionContext();

  /** Shows why the action failed, in place of what is shown of an earlier one. */
  const attempt = (action: Promise<void>): void => {
    action.then(
      () => setFault(''),
      (error: unknown) => setFault(messageOf(error)),
    );
  };
  const load = (): void => attempt(readSession().then(setInfo));
  const leave = (): void => attempt(signOut().then(() => location.assign('/auth')));
  useEffect(load, []);

  if (session.loading) return null;
  return (
    <main>
      <h1>Your account</h1>
      {fault !== '' && <p role="alert">{fault}</p>}
      {info !== undefined && <SessionDetails info={info} />}
      <button type="button" onClick={load}>
        Call the API again
      </button>
      <button type="button" onClick={leave}>
        Sign out
      </button>
    </main>
  );
}

/** SuperTokens' functions throw the response if it is an error. */
const messageOf = (error: unknown): string =>
  error instanceof Response ? `The API responded with ${error.status}.` : String(error);

const SessionDetails = ({ info }: { readonly info: SessionInfo }) => (
  <dl>
    <dt>User</dt>
    <dd>{info.userId}</dd>
    <dt>Session</dt>
    <dd>{info.sessionHandle}</dd>
    <dt>Roles</dt>
    <dd>{info.roles.length > 0 ? info.roles.join(', ') : 'none'}</dd>
  </dl>
);
