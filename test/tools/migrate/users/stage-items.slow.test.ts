import type { Item } from '../../../../lib/dynamodb/client.ts';
import { isRefused } from '../../../../lib/tools/migrate/records/record-database.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import type { MovedUser } from '../../../../lib/tools/migrate/users/user.ts';
import { connectTestDatabase } from '../../../fixtures/core.ts';
import { byLink, consume, newCode } from '../../../fixtures/passwordless.ts';
import { idIn, makeUserCore } from '../../../fixtures/user-core.ts';
import { someEmail, somePhoneNumber, someUserId } from '../../../fixtures/users.ts';
import { stageTables } from '../records/stage.ts';
import { PASSWORD, someMovedUser } from './some-users.ts';
import { StageSide } from './stage-side.ts';

let side: StageSide;

beforeAll(async () => {
  side = await StageSide.start();
});

afterAll(() => side.database.stop());

type Kind = 'a password' | 'a provider' | 'a code by e-mail' | 'a code by text message';

/** Signs up and in by the core, and gives the user everything that a user can have. */
async function createByCore(kind: Kind, isMapped: boolean): Promise<string> {
  const ask = side.core.ask;
  const id = await signUp(kind);
  const userId = isMapped ? someUserId() : id;
  if (isMapped) {
    await ask('/recipe/userid/map', {
      superTokensUserId: id,
      externalUserId: userId,
      externalUserIdInfo: 'i',
      force: true,
    });
  }
  for (const role of ['writer', 'reader']) await ask('/recipe/user/role', { userId, role }, { method: 'PUT' });
  await ask('/recipe/user/metadata', { userId, metadataUpdate: { b: 1, a: ['ü'] } }, { method: 'PUT' });
  const [verified, pending] = [someEmail(), someEmail()];
  const { json } = await ask('/recipe/user/email/verify/token', { userId, email: verified });
  await ask('/recipe/user/email/verify', { method: 'token', token: json.token });
  for (let n = 0; n < 2; n++) await ask('/recipe/user/email/verify/token', { userId, email: pending });
  for (let n = 0; n < 2; n++) await ask('/recipe/user/password/reset/token', { userId: id, email: verified });
  return id;
}

async function signUp(kind: Kind): Promise<string> {
  const { ask } = side.core;
  const email = someEmail();
  if (kind === 'a password') return idIn(await ask('/recipe/signup', { email, password: PASSWORD }));
  if (kind === 'a provider') {
    const provider = { thirdPartyId: 'google', thirdPartyUserId: someUserId() };
    return idIn(await ask('/recipe/signinup', { ...provider, email: { id: email, isVerified: true } }));
  }
  const contact = kind === 'a code by e-mail' ? { email } : { phoneNumber: somePhoneNumber() };
  return idIn(await consume(side.core, byLink(await newCode(side.core, contact))));
}

/** Names that are random in each writing. */
const RANDOM = [
  'claim',
  'phoneClaim',
  'mapping',
  'grant',
  'incarnation',
  'revision',
  'series',
  'resetSeries',
  'version',
];
const isRandom = (name: string): boolean => RANDOM.includes(name) || name.startsWith('verifySeries_');

/** Items as text, without random values. */
const normalised = (items: readonly Item[]): string[] =>
  items
    .map((item) =>
      Object.entries(item)
        .map(([name, value]) => `${name}=${isRandom(name) ? 'random' : value}`)
        .sort()
        .join(' '),
    )
    .sort();

/** The users' items of a table, without those of roles, months and codes. */
async function itemsIn(table: string): Promise<Item[]> {
  const found: Item[] = [];
  const { bulk } = stageTables(side.database, side.clock);
  const isAny = { expression: 'attribute_exists(#pk)', names: { '#pk': 'pk' } };
  for await (const { items } of bulk.scanPages(table, isAny)) found.push(...items);
  return found.filter(({ pk, sk }) => !/^(months|roles|code|device|used)/.test(String(pk)) && sk !== 'role');
}

/** What is left of used tokens counts for nothing. Nor does the time of an activity from before the mapping, under the other id. */
function withoutLeftovers(items: readonly Item[], wanted: readonly Item[]): Item[] {
  const names = new Set(wanted.flatMap((item) => Object.keys(item)));
  const hashes = new Set(wanted.flatMap(({ sk }) => /^token#.*/.exec(String(sk)) ?? []));
  return items
    .filter(({ sk }) => !String(sk).startsWith('token#') || hashes.has(String(sk)))
    .map((item) => {
      const entries = Object.entries(item).filter(([name]) => names.has(name) || !name.startsWith('verifySeries_'));
      return Object.fromEntries(entries.filter(([name]) => name !== 'claimedAt'));
    })
    .map((item) => (item.lastActive === undefined ? item : { lastActive: item.lastActive }));
}

const KINDS: readonly Kind[] = ['a password', 'a provider', 'a code by e-mail', 'a code by text message'];

test.each(KINDS.flatMap((kind) => [false, true].map((isMapped) => [kind, isMapped] as const)))(
  'the items of a user who signs in by %s (with an external id: %s) are those that the core writes',
  async (kind, isMapped) => {
    side = await restarted();
    const id = await createByCore(kind, isMapped);
    const user = await side.recordOf(id);
    const other = await connectTestDatabase(side.database.endpoint);
    const otherCore = makeUserCore(other, { clock: side.clock });
    for (const role of ['reader', 'writer']) {
      await otherCore.ask('/recipe/role', { role, permissions: [role] }, { method: 'PUT' });
    }
    const written = createStageUsers(stageTables(other, side.clock));
    const changed = Object.keys(user.parts) as (keyof MovedUser['parts'])[];
    const outcomes = await written.write([{ record: user, changed, replaces: undefined }]);
    expect(outcomes.get(user.key)).toBe('written');
    const ours = await itemsIn(other.tables.coreUsers);
    const cores = await itemsIn(side.database.tables.coreUsers);
    expect(ours.length).toBeGreaterThan(10);
    expect(normalised(withoutLeftovers(ours, ours))).toEqual(
      normalised(withoutLeftovers(cores, ours)).map(withSortedMetadata),
    );
  },
);

/** A migration writes metadata with sorted keys. */
const withSortedMetadata = (line: string): string => line.replace('{"b":1,"a":["ü"]}', '{"a":["ü"],"b":1}');

async function restarted(): Promise<StageSide> {
  await side.database.stop();
  return StageSide.start();
}

describe('pages', () => {
  beforeAll(async () => {
    side = await restarted();
  });

  test('have every user and every other id once, whatever a page holds, and continue from any of them', async () => {
    const records = [
      ...Array.from({ length: 150 }, (_, n) =>
        someMovedUser({ metadata: JSON.stringify({ n, text: 'x'.repeat(9000) }) }),
      ),
      ...Array.from({ length: 400 }, (_, n) =>
        someMovedUser({ verifiedEmails: [`${n}@example.com`], lastActive: n + 1 }),
      ),
    ];
    await side.create(records);
    const mapped: string[] = [];
    for (let n = 0; n < 5; n++) mapped.push(await createByCore('a password', true));
    const pages: MovedUser[][] = [];
    const positions: string[] = [];
    for await (const { records: some, refused, position } of side.users.pages()) {
      pages.push([...some]);
      positions.push(position);
      expect(refused).toEqual([]);
    }
    const keys = pages.flat().map(({ key }) => key);
    expect([...keys].sort()).toEqual([...records.map(({ key }) => key), ...mapped].sort());
    expect(pages.length).toBeGreaterThan(2);
    const byKey = new Map(pages.flat().map((record) => [record.key, record]));
    for (const [key, { record }] of await side.users.read(keys)) {
      expect(isRefused(record)).toBe(false);
      expect(byKey.get(key as MovedUser['key'])).toEqual(record);
    }
    for (const [n, position] of positions.entries()) {
      const rest: string[] = [];
      for await (const page of side.users.pages(position)) rest.push(...page.records.map(({ key }) => key));
      expect(rest).toEqual(pages.slice(n + 1).flatMap((page) => page.map(({ key }) => key)));
    }
  });
});
