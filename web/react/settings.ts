/** The API's scheme, host and port. */
export const API_DOMAIN = 'http://localhost:3001';

/** How the SDK sends the tokens. docs/frontend.md says which to choose. */
export const TOKEN_TRANSFER_METHOD: 'cookie' | 'header' = 'cookie';
