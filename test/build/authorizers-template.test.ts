import {
  type CloudFormationResource,
  packageProduction,
  packageTemplate,
  type Template,
} from '../fixtures/packaged-template.ts';

const AUDIENCE = 'https://api.example.com';
let plain: Template;
let withJwt: Template;

beforeAll(async () => {
  [plain, withJwt] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

const authorizersOf = (template: Template): Record<string, CloudFormationResource['Properties']> =>
  Object.fromEntries(
    template.ofType('AWS::ApiGatewayV2::Authorizer').map(([, { Properties }]) => [Properties.Name, Properties]),
  );

test('the Lambda authorizer: payload 2.0, simple responses, no identity source and therefore no cache', () => {
  for (const template of [plain, withJwt]) {
    expect(authorizersOf(template).session).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: [],
      AuthorizerResultTtlInSeconds: 0,
    });
  }
});

test('an authorizer whose answers are cached has the Authorization header as its one identity source', () => {
  const cached = [plain, withJwt]
    .flatMap((template) => Object.values(authorizersOf(template)))
    .filter(({ AuthorizerResultTtlInSeconds }) => AuthorizerResultTtlInSeconds > 0);
  for (const { IdentitySource } of cached) expect(IdentitySource).toEqual(['$request.header.Authorization']);
});

test('its function only verifies, and API Gateway may invoke it', () => {
  const { Handler, Role, Environment } = plain.resources.AuthorizerLambdaFunction?.Properties ?? {};
  expect({ Handler, Role }).toEqual({
    Handler: 'handlers/authorizer.handler',
    Role: { 'Fn::GetAtt': ['VerifyRole', 'Arn'] },
  });
  expect(Object.keys(Environment.Variables)).not.toContain('SESSIONS_TABLE');
  const permissions = plain.ofType('AWS::Lambda::Permission').map(([, { Properties }]) => Properties.FunctionName);
  expect(permissions).toContainEqual({ 'Fn::GetAtt': ['AuthorizerLambdaFunction', 'Arn'] });
});

test('without JWT_AUDIENCE there is no JWT authorizer, no route for it, and no audience in tokens', () => {
  expect(Object.keys(authorizersOf(plain))).toEqual(['session']);
  const routes = plain.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.AuthorizationType);
  expect(routes).not.toContain('JWT');
  expect(plain.resources.AuthLambdaFunction?.Properties.Environment.Variables.JWT_AUDIENCE).toBe('');
});

test('with it the JWT authorizer trusts our issuer, for that audience, in the Authorization header', () => {
  expect(authorizersOf(withJwt).accessToken).toMatchObject({
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Issuer: 'https://api.example.com/v1/auth', Audience: [AUDIENCE] },
  });
  // The functions that make tokens put the same audience in.
  for (const name of ['Auth', 'User', 'LoginOidc']) {
    const { Variables } = withJwt.resources[`${name}LambdaFunction`]?.Properties.Environment ?? {};
    expect(Variables.JWT_AUDIENCE).toBe(AUDIENCE);
  }
});

test('signing out everywhere needs a session function, and the authorizer only verifies', () => {
  const roleOf = (name: string) => withJwt.resources[`${name}LambdaFunction`]?.Properties.Role['Fn::GetAtt'][0];
  expect([roleOf('SignoutEverywhere'), roleOf('Authorizer')]).toEqual(['SessionRole', 'VerifyRole']);
});
