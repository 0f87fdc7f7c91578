/** A reference model of linked login methods, written from the contract. It knows no item and no claim. */
export interface LinkModel {
  readonly methods: readonly ModelMethod[];
  readonly sessions: readonly ModelSession[];
}

export interface ModelMethod {
  readonly id: string;
  readonly recipe: 'emailpassword' | 'thirdparty';
  readonly email: string;
  /** Of the provider. Absent for a password user. */
  readonly providerUser: string | undefined;
  readonly primaryId: string | undefined;
}

export interface ModelSession {
  readonly handle: string;
  readonly recipeUserId: string;
}

/** What a request is to answer, and what is true then. */
export interface Outcome {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly model: LinkModel;
}

export const EMPTY: LinkModel = { methods: [], sessions: [] };

const CONFLICT = 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR';

export const methodOf = ({ methods }: LinkModel, id: string): ModelMethod | undefined =>
  methods.find((method) => method.id === id);

/** The id of the user to whom an id leads. `undefined` if there is none. */
export function userIdOf(model: LinkModel, id: string): string | undefined {
  const method = methodOf(model, id);
  if (method !== undefined) return method.primaryId ?? method.id;
  return model.methods.some(({ primaryId }) => primaryId === id) ? id : undefined;
}

/** The login methods of a user, oldest first: they are in the order in which they were made. */
export const membersOf = ({ methods }: LinkModel, userId: string): ModelMethod[] =>
  methods.filter(({ id, primaryId }) => (primaryId ?? id) === userId);

const isPrimary = (model: LinkModel, userId: string): boolean =>
  model.methods.some(({ primaryId }) => primaryId === userId);

/** The primary user that has an email or a provider's user, other than one. */
function holderOf(model: LinkModel, contact: Pick<ModelMethod, 'email' | 'providerUser'>, except: string | undefined) {
  const holds = (method: ModelMethod) =>
    method.email === contact.email ||
    (contact.providerUser !== undefined && method.providerUser === contact.providerUser);
  return model.methods.find((method) => method.primaryId !== undefined && method.primaryId !== except && holds(method))
    ?.primaryId;
}

const changed = (model: LinkModel, id: string, change: Partial<ModelMethod>): LinkModel => ({
  ...model,
  methods: model.methods.map((method) => (method.id === id ? { ...method, ...change } : method)),
});

const withoutSessions = (model: LinkModel, recipeUserIds: readonly string[]): LinkModel => ({
  ...model,
  sessions: model.sessions.filter(({ recipeUserId }) => !recipeUserIds.includes(recipeUserId)),
});

const same = (model: LinkModel, answer: Outcome['answer']): Outcome => ({ answer, model });
const conflict = (model: LinkModel, primaryUserId: string): Outcome => same(model, { status: CONFLICT, primaryUserId });

export function makePrimary(model: LinkModel, id: string): Outcome {
  const userId = userIdOf(model, id);
  if (userId === undefined) return same(model, {});
  if (isPrimary(model, userId)) {
    if (userId === id) return same(model, { status: 'OK', wasAlreadyAPrimaryUser: true });
    return same(model, {
      status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR',
      primaryUserId: userId,
    });
  }
  const method = methodOf(model, id) as ModelMethod;
  const holder = holderOf(model, method, undefined);
  if (holder !== undefined) return conflict(model, holder);
  return {
    answer: { status: 'OK', wasAlreadyAPrimaryUser: false },
    model: changed(model, id, { primaryId: id }),
  };
}

export function link(model: LinkModel, id: string, to: string): Outcome {
  const [userId, primaryId] = [userIdOf(model, id), userIdOf(model, to)];
  if (primaryId === undefined) return same(model, {});
  if (!isPrimary(model, primaryId)) return same(model, { status: 'INPUT_USER_IS_NOT_A_PRIMARY_USER' });
  if (userId === undefined) return same(model, {});
  if (userId === primaryId) return same(model, { status: 'OK', accountsAlreadyLinked: true });
  if (isPrimary(model, userId)) {
    const status = 'RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR';
    return same(model, { status, primaryUserId: userId });
  }
  const holder = holderOf(model, methodOf(model, id) as ModelMethod, primaryId);
  if (holder !== undefined) return conflict(model, holder);
  const linked = changed(model, id, { primaryId });
  return { answer: { status: 'OK', accountsAlreadyLinked: false }, model: withoutSessions(linked, [id]) };
}

export function unlink(model: LinkModel, id: string): Outcome {
  const method = methodOf(model, id);
  if (method === undefined) {
    return same(model, userIdOf(model, id) === undefined ? {} : { status: 'OK', wasLinked: false });
  }
  const { primaryId } = method;
  if (primaryId === undefined) return same(model, { status: 'OK', wasLinked: false });
  if (primaryId === id && membersOf(model, id).length > 1) {
    const answer = { status: 'OK', wasLinked: true, wasRecipeUserDeleted: true };
    return { answer, model: remove(model, id, false).model };
  }
  const alone = changed(model, id, { primaryId: undefined });
  const ended = isPrimary(alone, primaryId) ? [id] : [id, primaryId];
  return {
    answer: { status: 'OK', wasLinked: true, wasRecipeUserDeleted: false },
    model: withoutSessions(alone, ended),
  };
}

export function changeEmail(model: LinkModel, id: string, email: string): Outcome {
  const method = methodOf(model, id);
  if (method?.recipe !== 'emailpassword') return same(model, { status: 'UNKNOWN_USER_ID_ERROR' });
  const { primaryId } = method;
  const contact = { email, providerUser: undefined };
  if (primaryId !== undefined && method.email !== email && holderOf(model, contact, primaryId) !== undefined) {
    return same(model, { status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR' });
  }
  const isTaken = model.methods.some((other) => other.id !== id && isPasswordUser(other, email));
  if (isTaken) return same(model, { status: 'EMAIL_ALREADY_EXISTS_ERROR' });
  return { answer: { status: 'OK' }, model: changed(model, id, { email }) };
}

const isPasswordUser = ({ recipe, email }: ModelMethod, address: string): boolean =>
  recipe === 'emailpassword' && email === address;

/** A new password user gets the id that the core gave. */
export function signUp(model: LinkModel, email: string, id: string): Outcome {
  if (model.methods.some((method) => isPasswordUser(method, email))) {
    return same(model, { status: 'EMAIL_ALREADY_EXISTS_ERROR' });
  }
  const method: ModelMethod = { id, recipe: 'emailpassword', email, providerUser: undefined, primaryId: undefined };
  return { answer: { status: 'OK' }, model: { ...model, methods: [...model.methods, method] } };
}

/** A sign-in by a provider creates the user, or changes the email. */
export function signInByProvider(model: LinkModel, providerUser: string, email: string, id: string): Outcome {
  const found = model.methods.find((method) => method.providerUser === providerUser);
  if (found === undefined) {
    const method: ModelMethod = { id, recipe: 'thirdparty', email, providerUser, primaryId: undefined };
    const grown = { ...model, methods: [...model.methods, method] };
    return { answer: { status: 'OK', createdNewUser: true }, model: grown };
  }
  const contact = { email, providerUser: undefined };
  if (found.primaryId !== undefined && found.email !== email && holderOf(model, contact, found.primaryId)) {
    return same(model, { status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR' });
  }
  const answer = { status: 'OK', createdNewUser: false, recipeUserId: found.id };
  return { answer, model: changed(model, found.id, { email }) };
}

export function remove(model: LinkModel, id: string, withLinked: boolean): Outcome {
  const answer = { status: 'OK' };
  const userId = userIdOf(model, id);
  if (userId === undefined) return same(model, answer);
  const doomed = withLinked ? membersOf(model, userId).map((method) => method.id) : [id];
  const left = { ...model, methods: model.methods.filter((method) => !doomed.includes(method.id)) };
  const isOver = userIdOf(left, userId) === undefined;
  // The sessions of a first login method stay with the primary user's id.
  const ended = doomed.filter((each) => isOver || each !== userId);
  return { answer, model: withoutSessions(left, isOver ? [...ended, userId] : ended) };
}
