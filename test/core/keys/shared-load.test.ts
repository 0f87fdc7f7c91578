import { shareLoad } from '../../../lib/core/keys/shared-load.ts';

const failing = async (): Promise<string> => {
  throw new Error('no time is left');
};

test('calls that come together share one load, and later calls make another', async () => {
  const load = jest.fn(async () => 'keys');
  const shared = shareLoad(load);
  expect(await Promise.all([shared(), shared(), shared()])).toEqual(['keys', 'keys', 'keys']);
  expect(load).toHaveBeenCalledTimes(1);
  await shared();
  expect(load).toHaveBeenCalledTimes(2);
});

test('a call that joined a failed load makes one of its own', async () => {
  const load = jest.fn(async () => 'keys').mockImplementationOnce(failing);
  const shared = shareLoad(load);
  const [began, ...joined] = await Promise.allSettled([shared(), shared(), shared()]);
  expect(began).toMatchObject({ status: 'rejected', reason: { message: 'no time is left' } });
  expect(joined).toMatchObject([
    { status: 'fulfilled', value: 'keys' },
    { status: 'fulfilled', value: 'keys' },
  ]);
  expect(load).toHaveBeenCalledTimes(2);
});

test('every call ends while every load fails', async () => {
  const load = jest.fn(failing);
  const shared = shareLoad(load);
  const results = await Promise.allSettled([shared(), shared(), shared()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(load).toHaveBeenCalledTimes(3);
});
