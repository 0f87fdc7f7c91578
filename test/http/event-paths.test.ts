import fc from 'fast-check';
import { readEvent } from '../../lib/http/read-event.ts';
import { type Deployment, eventOf } from '../fixtures/gateway.ts';
import { FORMATS, KINDS, read } from './documented-events.ts';

const OWN = 'id.execute-api.us-east-1.amazonaws.com';
const CUSTOM = 'api.example.com';

describe('the path is without what API Gateway puts before it', () => {
  test.each([
    // What a named stage does under API Gateway's own domain
    ['http-api-v2', OWN, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', OWN, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['rest-api', OWN, 'dev', '/dev', '/like-comment', '/like-comment'],
    // Without API_GATEWAY_PATH
    ['http-api-v2', OWN, 'dev', '', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', OWN, 'dev', '', '/dev/like-comment', '/like-comment'],
    // With a private API's endpoint, and in China
    ['http-api-v1', 'id-vpce-1.execute-api.us-east-1.amazonaws.com', 'dev', '', '/dev/x', '/x'],
    ['http-api-v2', 'id.execute-api.cn-north-1.amazonaws.com.cn', 'dev', '', '/dev/x', '/x'],
    // Behind a custom domain's mapping, which payload 2.0 does not show
    ['http-api-v2', CUSTOM, 'dev', '/v1', '/dev/like-comment', '/like-comment'],
    ['http-api-v2', CUSTOM, '$default', '/v1', '/like-comment', '/like-comment'],
    ['http-api-v1', CUSTOM, 'dev', '/v1', '/v1/like-comment', '/like-comment'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v1/like-comment', '/like-comment'],
    // A mapping of several levels
    ['http-api-v1', CUSTOM, 'dev', '/shop/v1', '/shop/v1/like-comment', '/like-comment'],
    // A mapping that is called like the stage
    ['http-api-v2', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['rest-api', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    // A prefix that a proxy before the API has put there
    ['function-url', 'id.lambda-url.us-east-1.on.aws', '$default', '/api', '/api/like-comment', '/like-comment'],
    ['http-api-v2', OWN, '$default', '/api', '/api/like-comment', '/like-comment'],
    ['rest-api', OWN, 'dev', '/api', '/api/like-comment', '/like-comment'],
    // Nothing but the prefix
    ['http-api-v2', OWN, 'dev', '/dev', '/dev', '/'],
    ['http-api-v2', OWN, 'dev', '/dev', '/dev/', '/'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v1', '/'],
  ] as const)('%s at %s, stage %s, API_GATEWAY_PATH "%s": %s is %s', (kind, domainName, stage, set, sent, path) => {
    const request = read(kind, { path: sent, rawPath: sent }, { domainName, stage }, set);
    expect(request).toMatchObject({ path, rawPath: path, requestContext: { http: { path } } });
  });

  test.each([
    // The stage `dev` is no part of `/developers`
    ['http-api-v2', OWN, 'dev', '/dev', '/developers'],
    ['http-api-v1', OWN, 'dev', '/dev', '/developers'],
    ['rest-api', OWN, 'dev', '/dev', '/developers'],
    ['http-api-v2', OWN, '$default', '/dev', '/developers'],
    ['http-api-v1', CUSTOM, 'dev', '/dev', '/developers'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v10/users'],
    // The stage's name stands in the middle or at the end
    ['http-api-v2', OWN, 'dev', '/dev', '/users/dev'],
    ['rest-api', OWN, 'dev', '/dev', '/users/dev/likes'],
    // A REST API has taken the stage off: this is a route of its own
    ['rest-api', OWN, 'dev', '/dev', '/dev/tools'],
    ['rest-api', OWN, 'dev', '', '/dev/tools'],
    // Under a custom domain payload 1.0 has no stage
    ['http-api-v1', CUSTOM, 'dev', '', '/dev/tools'],
    ['rest-api', CUSTOM, 'dev', '', '/dev/tools'],
    // A stage is case-sensitive
    ['http-api-v2', OWN, 'dev', '/dev', '/Dev/tools'],
    // `$default` is never in a path
    ['http-api-v2', OWN, '$default', '', '/$default/x'],
  ] as const)('%s at %s, stage %s, API_GATEWAY_PATH "%s": %s stays', (kind, domainName, stage, set, sent) => {
    expect(read(kind, { path: sent, rawPath: sent }, { domainName, stage }, set).path).toBe(sent);
  });

  test('a prefix is taken off once', () => {
    const context = { domainName: OWN, stage: 'dev' };
    expect(read('http-api-v2', { rawPath: '/dev/dev/x' }, context, '/dev').path).toBe('/dev/x');
    expect(read('http-api-v1', { path: '/dev/dev/x' }, context, '/dev').path).toBe('/dev/x');
    const custom = { domainName: CUSTOM, stage: 'dev' };
    expect(read('rest-api', { path: '/v1/v1/x' }, custom, '/v1').path).toBe('/v1/x');
  });

  test('behind a mapping that is called like a route, payload 2.0 has the route alone', () => {
    const event = { routeKey: 'ANY /auth/{proxy+}', rawPath: '/auth/signout' };
    expect(read('http-api-v2', event, { domainName: CUSTOM }, '/auth').path).toBe('/auth/signout');
    expect(read('http-api-v1', { path: '/auth/auth/signout' }, { domainName: CUSTOM }, '/auth').path).toBe(
      '/auth/signout',
    );
  });

  test('a request context without stage or domain name is taken as it is', () => {
    const context = { stage: undefined, domainName: undefined };
    for (const kind of KINDS) expect(read(kind, { path: '/x', rawPath: '/x' }, context).path).toBe('/x');
  });

  /** Names that are parts of each other, and of routes. */
  const segment = fc.constantFrom('dev', 'developers', 'd', 'v1', 'v10', 'auth', 'like-comment');
  const deployment: fc.Arbitrary<Deployment> = fc
    .record({
      kind: fc.constantFrom(...KINDS),
      host: fc.constantFrom(OWN, CUSTOM),
      stage: fc.constantFrom('$default', 'dev', 'auth', 'v1'),
      mapping: fc.option(segment, { nil: undefined }),
    })
    .map(({ kind, host, stage, mapping }) => {
      if (kind === 'function-url') return { kind, origin: 'https://id.lambda-url.us-east-1.on.aws', stage: '$default' };
      if (kind.startsWith('alb'))
        return { kind, origin: `https://${CUSTOM}`, stage: '$default', ...(mapping && { mapping }) };
      const origin = `https://${host}`;
      return { kind, origin, stage, ...(host === CUSTOM && mapping !== undefined && { mapping }) };
    })
    // REST APIs have no default stage.
    .filter(({ kind, stage }) => kind !== 'rest-api' || stage !== '$default');

  test('whatever the kind, domain, stage and mapping are called, routes see their own path', () => {
    fc.assert(
      fc.property(deployment, fc.array(segment, { minLength: 1, maxLength: 4 }), (at, segments) => {
        const path = `/${segments.join('/')}`;
        const { mapping, stage, origin } = at;
        const named = origin.endsWith(OWN) && stage !== '$default' ? `/${stage}` : '';
        const gatewayPath = mapping === undefined ? named : `/${mapping}`;
        const asked = `${gatewayPath}${path}`;
        const plain = { method: 'GET', query: new URLSearchParams(), headers: new Headers(), body: null };
        const event = eventOf({ deployment: at, routeKey: `GET ${path}`, asked, path, ...plain });
        expect(readEvent(event, FORMATS[at.kind], gatewayPath).path).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });
});
