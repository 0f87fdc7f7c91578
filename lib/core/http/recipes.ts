import { JWT } from '../jwt/wire/endpoints.ts';
import { SESSION } from '../session/wire/endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { GENERAL } from './general.ts';
import { NO_USERS } from './no-users.ts';

/** Every endpoint of a core that keeps sessions alone. */
export const SESSION_RECIPES: readonly Endpoint[] = [...GENERAL, ...SESSION, ...JWT, ...NO_USERS];
