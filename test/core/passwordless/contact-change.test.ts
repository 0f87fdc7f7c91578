import type { JsonObject } from '../../../lib/core/types.ts';
import type { TestAnswer } from '../../fixtures/core.ts';
import { core, useFreshUserCore } from '../../fixtures/fresh-user-core.ts';
import { byLink, changeContact, consume, newCode, signUpByCode } from '../../fixtures/passwordless.ts';
import { someEmail, somePhoneNumber } from '../../fixtures/users.ts';

useFreshUserCore();

const statusOf = ({ json }: TestAnswer) => json.status;
const contactOf = async (id: string) => (await core.ask(`/user/id?userId=${id}`)).json.user as unknown as JsonObject;

describe('A change of the contact', () => {
  test('is not done if another user has one of the two, and leaves the other free', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const id = await signUpByCode(core, { email: someEmail() });
    await signUpByCode(core, { phoneNumber });
    expect(statusOf(await changeContact(core, id, { email, phoneNumber }))).toBe('PHONE_NUMBER_ALREADY_EXISTS_ERROR');
    await signUpByCode(core, { email });
    expect(statusOf(await changeContact(core, id, { email }))).toBe('EMAIL_ALREADY_EXISTS_ERROR');
    expect(await contactOf(id)).toMatchObject({ phoneNumbers: [] });
  });

  test('races with sign-ups by the same phone number: one user has it', async () => {
    const phoneNumber = somePhoneNumber();
    const ids = await Promise.all(Array.from({ length: 10 }, () => signUpByCode(core, { email: someEmail() })));
    const codes = await Promise.all(Array.from({ length: 10 }, () => newCode(core, { phoneNumber })));
    const [changes, consumptions] = await Promise.all([
      Promise.all(ids.map((id) => changeContact(core, id, { phoneNumber }))),
      Promise.all(codes.map((code) => consume(core, byLink(code)))),
    ]);
    const { json } = await core.ask(
      `/users/by-accountinfo?doUnionOfAccountInfo=true&phoneNumber=${encodeURIComponent(phoneNumber)}`,
    );
    const found = (json.users as unknown as readonly JsonObject[]).map((user) => user.id);
    expect(found).toHaveLength(1);
    const changed = ids.filter((_id, index) => changes[index]?.json.status === 'OK');
    const created = consumptions.filter(({ json: answer }) => answer.createdNewUser === true);
    expect(changed.length + created.length).toBe(1);
    expect(found).toEqual(changed.length === 1 ? changed : created.map(({ json: answer }) => answer.recipeUserId));
  });

  test('of a user of another recipe, or of none, is not done', async () => {
    const signedUp = await core.ask('/recipe/signup', { email: someEmail(), password: 'correct horse 1' });
    for (const id of [String(signedUp.json.recipeUserId), 'unknown']) {
      expect(statusOf(await changeContact(core, id, { email: someEmail() }))).toBe('UNKNOWN_USER_ID_ERROR');
    }
  });

  test.each([
    ['an empty email', { email: '' }],
    ['an email that is no text', { email: 5 }],
    ['an empty phone number', { phoneNumber: ' ' }],
    ['a phone number that is no text', { phoneNumber: 5 }],
    ['a phone number that is too long', { phoneNumber: 'x'.repeat(901) }],
  ])('to %s is rejected', async (_what, contact) => {
    const id = await signUpByCode(core, { email: someEmail() });
    const [field] = Object.keys(contact);
    const { status, text } = await changeContact(core, id, contact);
    expect([status, text]).toEqual([400, `Field name '${field}' is invalid in JSON input\n`]);
  });
});
