import { normalisedPhoneNumber } from '../../lib/core/user/rules/phone-number.ts';
import { readPhoneNumber } from '../../lib/phone-numbers/read-phone-number.ts';

const normalised = (given: string) => normalisedPhoneNumber(readPhoneNumber, given);

test.each([
  ['+1 (650) 555-0100', '+16505550100'],
  [' +16505550100 ', '+16505550100'],
  ['+44 (0)20 7031 3000', '+442070313000'],
  ['+49.30.901820', '+4930901820'],
  ['+1 650 555 0100 ext. 5', '+16505550100'],
])('%s is the number %s', async (given, number) => {
  expect(await normalised(given)).toBe(number);
});

test.each(['650 555 0100', '00 1 650 555 0100', '+999 1234567', 'not a number', 'call +1 650 555 0100 now', '+'])(
  '%s is no international number, and is only trimmed',
  async (given) => {
    expect(await normalised(` ${given} `)).toBe(given);
  },
);

test.each(['', ' ', '\ud800', '1'.repeat(901)])('%j cannot be stored', async (given) => {
  expect(await normalised(given)).toBeUndefined();
});

test('a long text is not parsed', async () => {
  const asked: string[] = [];
  const read = async (text: string) => void asked.push(text) as undefined;
  expect(await normalisedPhoneNumber(read, '1'.repeat(101))).toBe('1'.repeat(101));
  expect(asked).toEqual([]);
});
