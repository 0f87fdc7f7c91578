/** A request and its answer, as the log tells of them. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** 0: there was no answer. */
  readonly status: number;
  /** What the answer's body says, if it says something. */
  readonly message: string | undefined;
  /** The `status` in the body of a 200, by which SuperTokens' own routes tell whether the request was successful. */
  readonly result: string | undefined;
}

/** The answers that SuperTokens' backend gives to a bad token, by message; they mean the same on every route. */
const REFUSALS: Readonly<Record<string, string>> = {
  'try refresh token': 'The access token has expired. The SDK refreshes, then asks again.',
  'token theft detected': 'This refresh token had been replaced, and it was used again. The session is revoked.',
  unauthorised: 'There is no session, or it has been revoked.',
};

/** What SuperTokens' own routes refuse with 200, by the `status` in the body. */
const RESULTS: Readonly<Record<string, string>> = {
  WRONG_CREDENTIALS_ERROR: 'Refused: the e-mail or the password is wrong. The response is the same for both.',
  FIELD_ERROR: 'Refused: the response names the field that is wrong.',
  INCORRECT_USER_INPUT_CODE_ERROR: 'Refused: that is not the code. The core counts the attempt.',
  EXPIRED_USER_INPUT_CODE_ERROR: 'Refused: the code has expired.',
  RESTART_FLOW_ERROR: 'Refused: the code was used, or tried too often. A new one is needed.',
  SIGN_IN_UP_NOT_ALLOWED: 'Refused: another login method has this e-mail, and it is not verified.',
  RESET_PASSWORD_INVALID_TOKEN_ERROR: 'Refused: the link has been used already, or has expired.',
  EMAIL_VERIFICATION_INVALID_TOKEN_ERROR: 'Refused: the link has been used already, or has expired.',
  EMAIL_ALREADY_VERIFIED_ERROR: 'Nothing is sent: the e-mail is verified already.',
};

const REFRESH = /^POST .*\/session\/refresh$/;

const SUCCESSES: readonly (readonly [route: RegExp, text: string])[] = [
  [REFRESH, 'A new access token and a new refresh token. The old refresh token is retired.'],
  [/^POST .*\/signout$/, 'The session is revoked, and the tokens are cleared.'],
  [/^POST .*\/signup$/, 'A user, the first session of this user, and its tokens.'],
  [/^GET .*\/loginmethods$/, 'What this service offers to sign in with.'],
  [
    /^GET .*\/authorisationurl$/,
    "The provider's address, with PKCE and a nonce. The SDK adds the state, and the browser goes there.",
  ],
  [/^POST .*\/signinup$/, "The service has exchanged the provider's code. A session, and its tokens."],
  [/^POST .*\/signinup\/code(\/resend)?$/, 'A code and a link are on their way. The core keeps only hashes of them.'],
  [/^POST .*\/signinup\/code\/consume$/, 'The code is used up. A session, and its tokens.'],
  [/^POST .*\/signin$/, 'A session, and its tokens.'],
  [/^POST .*\/user\/password\/reset\/token$/, 'The response is the same whether the address has an account or not.'],
  [/^POST .*\/user\/password\/reset$/, 'The password is changed, and the sessions of the user are revoked.'],
  [/^POST .*\/user\/email\/verify\/token$/, 'A mail with a link. The link works once.'],
  [/^POST .*\/user\/email\/verify$/, "The e-mail is verified, and the session's next access token says so."],
  [/^GET \/admin-report$/, 'The access token has the role admin.'],
  [/^POST \/like-comment$/, 'Stored for the user whom the access token names.'],
  [/^GET \/sessioninfo$/, 'The access token is good. Nothing but its signature and its age had to be checked.'],
  [/^GET \/sessions(\?.*)?$/, 'The session is still there, and these are the others.'],
  [/^DELETE \/sessions\/.+$/, 'That session is revoked. Its device can refresh no more.'],
  [/^POST \/signout-everywhere$/, "The user's sessions are revoked, this one last."],
];

/** One sentence on what an exchange means. */
export function whatHappened({ method, path, status, message, result = 'OK' }: Exchange): string {
  if (status === 0) return 'No answer. Is the API running, and does it allow this origin (CORS)?';
  if (message === 'unauthorised' && REFRESH.test(`${method} ${path}`)) return 'There is no session to refresh.';
  if (status >= 400) return REFUSALS[message ?? ''] ?? message ?? 'Refused.';
  if (result in RESULTS) return RESULTS[result] ?? '';
  return SUCCESSES.find(([route]) => route.test(`${method} ${path}`))?.[1] ?? 'Done.';
}
