import { createOidcLogin, type OidcLogin, type OidcLoginOptions } from '../../lib/login/oidc-login.ts';
import { ManualClock, startTestDatabase, systemRandom, type TestDatabase } from '../fixtures/core.ts';
import {
  type Claims,
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';

export const CLIENT = 'client-1';
export const OTHER_CLIENT = 'client-2';
export const LOGGED_IN = {
  status: 'OK',
  userId: expect.stringMatching(/^oidc-[A-Za-z0-9_-]{43}$/),
  issuer: expect.any(String),
  claims: expect.objectContaining({ sub: expect.any(String) }),
};
export const refused = (reason: string) => ({ status: 'ID_TOKEN_REFUSED', reason, detail: expect.any(String) });
export const DOWN = { status: 'PROVIDER_UNAVAILABLE' };

export let database: TestDatabase;
export let issuer: TestIssuer;
export let rsa: IssuerKey;
export let ec: IssuerKey;
export let clock: ManualClock;
export let login: OidcLogin;

export const trusted = (of: TestIssuer = issuer) => ({ issuer: of.issuer, audiences: [CLIENT, OTHER_CLIENT] });

export function loginWith(options: Partial<OidcLoginOptions>): OidcLogin {
  const { db, tables } = database;
  const parts = { db, table: tables.users, clock: clock.now, random: systemRandom, fetch };
  return createOidcLogin({ issuers: [trusted()], isNonceRequired: false, ...parts, ...options });
}

/** Moves jose's clock, which is the system's, with ours. */
export const moveSystemClock = () => jest.spyOn(Date, 'now').mockImplementation(clock.now);

export const claimsWith = (claims: Claims = {}) => idTokenClaims(issuer.issuer, CLIENT, clock.time, claims);
export const tokenWith = (claims: Claims = {}, header: Claims = {}) => signedBy(rsa, claimsWith(claims), header);
export const seconds = (offset: number) => clock.time / 1000 + offset;

export const timesAsked = (path: string) => issuer.asked.filter((asked) => asked === path).length;

export async function operationsOf(action: () => Promise<unknown>): Promise<string[]> {
  const start = database.consumed.length;
  await action();
  return database.consumed.slice(start).map(({ operation }) => operation);
}

/** Gives each test a provider and a clock of its own. */
export function useOidcWorld(): void {
  beforeAll(async () => {
    [database, rsa, ec] = await Promise.all([startTestDatabase(), makeKey('RS256'), makeKey('ES256')]);
  });
  afterAll(() => database?.stop());
  beforeEach(async () => {
    issuer = await startTestIssuer();
    issuer.keys = [rsa];
    clock = new ManualClock();
    login = loginWith({});
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.stop();
  });
}
