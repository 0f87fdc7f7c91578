/** The one import of handlers. A function's bundle carries only the exports that it uses. */
export {
  type Condition,
  type Item,
  type Key,
  type Partition,
  type Table,
  table,
  type Update,
} from './dynamodb/table.ts';
export { type AuthorizedSession, authorizedSession, jwtClaims } from './http/authorized.ts';
export { type AuthorizerOptions, sessionAuthorizer } from './http/authorizer.ts';
export { CodedError, FieldError, HttpError } from './http/errors.ts';
export type { GatewayRequest, GatewayResponse } from './http/gateway.ts';
export { json, readJson } from './http/json.ts';
export type { OnOidcLogIn } from './http/oidc-routes.ts';
export type { LambdaHandler, RouteHandler } from './http/pipeline.ts';
export { plainRoute } from './http/plain-route.ts';
export {
  type OptionalSessionHandler,
  type ProtectedHandler,
  protectedRoute,
  type VerifySessionOptions,
} from './http/protected-route.ts';
export { publicRoute } from './http/public-route.ts';
export { type UserId, userIdOf } from './http/session-user.ts';
export { type SocketEvent, type SocketHandler, socketRoute } from './http/socket-route.ts';
export { claimsOf, startSession } from './http/start-session.ts';
export type { MailFacts, MailLanguages, MailText, MailTexts } from './mail/mail-text.ts';
