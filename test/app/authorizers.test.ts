import { packageProduction, packageTemplate, type Template } from '../fixtures/packaged-template.ts';

let development: Template;
let production: Template;
beforeAll(async () => {
  [development, production] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

const routeOf = (template: Template, routeKey: string) =>
  template.ofType('AWS::ApiGatewayV2::Route').find(([, { Properties }]) => Properties.RouteKey === routeKey)?.[1]
    .Properties;

test('the Lambda authorizer stands before its route', () => {
  for (const template of [development, production]) {
    expect(routeOf(template, 'GET /authorized')).toMatchObject({
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: 'HttpApiAuthorizerSession' },
    });
  }
});

test('the JWT authorizer stands before its route, which a stage without JWT_AUDIENCE does not have', () => {
  expect(routeOf(production, 'GET /jwt-authorized')).toMatchObject({
    AuthorizationType: 'JWT',
    AuthorizerId: { Ref: 'HttpApiAuthorizerAccessToken' },
  });
  expect(routeOf(development, 'GET /jwt-authorized')).toBeUndefined();
  expect(development.resources.JwtAuthorizedLambdaFunction).toBeUndefined();
});

test("the example's functions only verify access tokens", () => {
  const roleOf = (name: string) => production.resources[`${name}LambdaFunction`]?.Properties.Role['Fn::GetAtt'][0];
  const verifying = ['AdminReport', 'Greeting', 'Authorized', 'JwtAuthorized'];
  expect(verifying.map(roleOf)).toEqual(verifying.map(() => 'VerifyRole'));
  expect(roleOf('LikeComment')).toBe('LikeRole');
});
