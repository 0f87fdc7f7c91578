import { readFileSync } from 'node:fs';
import { PRICES, PRICES_DATE } from '../bench/aws-prices.ts';
import { isOwnService } from '../fixtures/own-service.ts';

/** Each row of docs/costs.md, and what it shows. */
const SHOWN: Readonly<Record<string, number>> = {
  'Lambda on arm64, a million requests': PRICES.lambdaRequest * 1e6,
  'Lambda on arm64, a million GB-seconds': PRICES.lambdaGbSecond * 1e6,
  'HTTP API, a million requests': PRICES.httpApiRequest * 1e6,
  'DynamoDB on demand, a million write units': PRICES.dynamoDbWrite * 1e6,
  'DynamoDB on demand, a million read units': PRICES.dynamoDbRead * 1e6,
  'CloudWatch, one alarm metric a month': PRICES.alarmMetric,
  'CloudWatch, one dashboard a month': PRICES.dashboard,
  'CloudWatch, one metric a month': PRICES.metric,
  'CloudWatch Logs, a GB taken in': PRICES.logGb,
  'CloudWatch Logs, a GB kept for a month': PRICES.storedLogGb,
  'Secrets Manager, one secret a month': PRICES.secret,
  'Secrets Manager, a million requests': PRICES.secretRequest * 1e6,
  'SES, a thousand mails': PRICES.mail * 1000,
};

const [, section = ''] = readFileSync('docs/costs.md', 'utf8').split('## The prices behind these figures');

test('docs/costs.md shows every price that the figures are calculated with', () => {
  const rows = [...section.matchAll(/^\| ([^|]+) \| ([\d.]+) \| \[\w.*\]\(https:\/\/aws\.amazon\.com\//gm)];
  expect(Object.fromEntries(rows.map(([, item = '', price]) => [item, Number(price)]))).toEqual(
    Object.fromEntries(Object.entries(SHOWN).map(([item, price]) => [item, Number(price.toPrecision(4))])),
  );
  expect(Object.keys(SHOWN)).toHaveLength(Object.keys(PRICES).length);
});

test('docs/costs.md names the day on which the prices were compared', () => {
  expect(section).toContain(`On ${PRICES_DATE}, each price was compared`);
});

const TOTAL = /\*\*together\*\* \| \*\*([\d.]+)\*\*/.exec(readFileSync('docs/deploying.md', 'utf8'))?.[1];

/** A clone of its own name may have another README. */
const README = isOwnService ? [] : ['README.md'];

test.each([...README, 'docs/costs.md', 'docs/faq.md'])(
  '%s has the cost of an idle stage of docs/deploying.md',
  (page) => {
    expect(readFileSync(page, 'utf8')).toContain(`$${TOTAL} a month`);
  },
);

test.each([...README, 'docs/faq.md'])('%s has the costs of a request of docs/costs.md', (page) => {
  const costs = readFileSync('docs/costs.md', 'utf8');
  const costOf = (request: string) =>
    costs
      .split('\n')
      .find((line) => line.startsWith(`| ${request} |`))
      ?.split('|')
      .at(-2)
      ?.trim();
  const text = readFileSync(page, 'utf8').replaceAll('\n', ' ');
  expect(text).toContain(`$${costOf('protected route')} per million, and a refresh $${costOf('refresh')}`);
});
