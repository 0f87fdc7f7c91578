import { join } from 'node:path';
import type { TableNames } from '../../lib/dev/tables.ts';
import { startCore } from '../fixtures/core-process.ts';
import { httpApiEvent, sessionEnvironment, verifyEnvironment } from '../fixtures/lambda.ts';
import { installDocumented, type Packaged, packageService } from './cold-install.ts';
import type { ColdFunction } from './cold-runtime.ts';
import type { BenchDatabase } from './database.ts';
import { userEnvironment } from './functions.ts';
import { createScenarios } from './request-scenarios.ts';

/** One of the functions that are compared, and as many events for it as are wanted. */
export interface Contestant extends ColdFunction {
  readonly name: string;
  readonly zipBytes: number;
  makeEvents(count: number): Promise<object[]>;
}

export interface Contest {
  readonly contestants: readonly Contestant[];
  stop(): Promise<void>;
}

const BARE = `exports.handler = async () => ({ statusCode: 200, body: '{"hello":"world"}' });`;

/** The modules of Node.js that a function loads to call DynamoDB. */
const HTTPS = `require('node:https');
require('node:crypto');
${BARE}`;

const MIDDY = `import middy from '@middy/core';
export const handler = middy(async () => ({ statusCode: 200, body: '{"hello":"world"}' }));`;

/** https://supertokens.com/docs, "AWS Lambda": the route that shows a session. */
const DOCUMENTED = `import middy from '@middy/core';
import cors from '@middy/http-cors';
import supertokens from 'supertokens-node';
import Session from 'supertokens-node/recipe/session/index.js';
import { verifySession } from 'supertokens-node/recipe/session/framework/awsLambda/index.js';

supertokens.init({
  framework: 'awsLambda',
  isInServerlessEnv: true,
  telemetry: false,
  supertokens: { connectionURI: process.env.CONNECTION_URI },
  appInfo: { appName: 'bench', apiDomain: 'https://api.example.com', websiteDomain: 'https://app.example.com' },
  recipeList: [Session.init()],
});

const lambdaHandler = async (event) => ({
  statusCode: 200,
  body: JSON.stringify({ sessionHandle: event.session.getHandle(), userId: event.session.getUserId() }),
});

export const handler = middy(verifySession(lambdaHandler))
  .use(cors({
    origin: 'https://app.example.com',
    credentials: true,
    headers: ['Content-Type', ...supertokens.getAllCORSHeaders()].join(', '),
    methods: 'OPTIONS,POST,GET,PUT,DELETE',
  }))
  .onError((request) => { throw request.error; });
`;

/** Ours by name, the function of serverless.yml, its handler, and the scenario of bench:requests that asks it. */
const OURS = [
  ['sessionInfo', 'sessionInfo', 'session-info', 'protected route: session info'],
  ['likeComment', 'likeComment', 'like-comment', 'protected route: like a comment'],
  ['signin', 'user', 'user', 'sign-in, password hashing aside'],
  ['signinByCode', 'user', 'user', 'sign-in by a code'],
  ['refresh', 'auth', 'auth', 'refresh'],
  ['signout', 'auth', 'auth', 'sign-out'],
] as const;

/** Packages everything, and starts the core that the documented way asks. */
export async function prepareContest(database: BenchDatabase): Promise<Contest> {
  const service = await packageService();
  const core = await startCore();
  const scenarios = createScenarios(database);
  const ours = OURS.map(async ([name, key, file, scenarioName]): Promise<Contestant> => {
    const scenario = scenarios.find((candidate) => candidate.name === scenarioName);
    if (scenario === undefined) throw new Error(`bench:requests has no scenario "${scenarioName}"`);
    const environment = environmentOf(name, database.endpoint, database.tables);
    const makeEvents = (count: number) => scenario.makeEvents(count);
    return { name, handler: `handlers/${file}.handler`, environment, makeEvents, ...(await service.unpack(key)) };
  });
  const references = [
    reference('bare', await service.reference('bare', BARE)),
    reference('https', await service.reference('https', HTTPS)),
    reference('middy', await service.reference('middy', MIDDY)),
    {
      ...reference('documented', await installDocumented(DOCUMENTED)),
      environment: { CONNECTION_URI: core.url },
      makeEvents: async (count: number) => repeat(protectedEvent(await makeSession(core.url)), count),
    },
  ];
  return {
    contestants: [...(await Promise.all(ours)), ...references],
    async stop() {
      await core.stop();
      await service.remove();
    },
  };
}

function environmentOf(name: string, endpoint: string, tables: TableNames): Record<string, string> {
  const domains = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://app.example.com' };
  if (name === 'likeComment' || name === 'sessionInfo') return { ...domains, ...verifyEnvironment(endpoint, tables) };
  if (name === 'signinByCode') return { ...domains, ...userEnvironment(endpoint, tables) };
  const withoutHashing = { NODE_OPTIONS: `--require=${join(import.meta.dirname, 'without-hashing.cjs')}` };
  if (name === 'signin') return { ...domains, ...userEnvironment(endpoint, tables), ...withoutHashing };
  return { ...domains, ...sessionEnvironment(endpoint, tables) };
}

const repeat = (event: object, count: number): object[] => Array.from({ length: count }, () => event);

const protectedEvent = (token: string): object =>
  httpApiEvent('GET', '/sessioninfo', { headers: { 'st-auth-mode': 'header', authorization: `Bearer ${token}` } });

const reference = (name: string, packaged: Packaged): Contestant => ({
  name,
  handler: 'index.handler',
  environment: {},
  makeEvents: async (count) => repeat(httpApiEvent('GET', '/hello'), count),
  ...packaged,
});

/** A session of the core that the documented way asks. @returns its access token */
async function makeSession(coreUrl: string): Promise<string> {
  const answer = await fetch(`${coreUrl}/recipe/session`, {
    method: 'POST',
    headers: { 'cdi-version': '5.4', 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'user', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false }),
  });
  const { accessToken } = (await answer.json()) as { accessToken: { token: string } };
  return accessToken.token;
}
