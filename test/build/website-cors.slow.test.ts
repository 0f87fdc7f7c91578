import { packageWithoutCode } from '../fixtures/packaged-template.ts';

describe('several websites', () => {
  const corsOf = async (WEBSITE_DOMAIN: string) => {
    const { resources } = await packageWithoutCode('prod', { WEBSITE_DOMAIN });
    expect(resources.AuthLambdaFunction?.Properties.Environment.Variables).toMatchObject({ WEBSITE_DOMAIN });
    return resources.HttpApi?.Properties.CorsConfiguration;
  };

  test('API Gateway answers for a list of exact origins', async () => {
    const AllowOrigins = ['https://app.example.com', 'https://admin.example.com'];
    expect(await corsOf('https://app.example.com, https://admin.example.com/')).toMatchObject({ AllowOrigins });
  }, 300_000);

  test('with a wildcard the functions answer: API Gateway would open the API to all websites', async () => {
    expect(await corsOf('https://app.example.com,https://*.pr.example.com')).toBeUndefined();
  }, 300_000);
});
