import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CoreServerConfig, readCoreServerConfig } from '../../config/core-server-config.ts';
import { readCoreSettingsAlone } from '../../config/core-settings.ts';
import type { Environment } from '../../config/environment.ts';
import { readUserSettings } from '../../config/user-settings.ts';
import { ConfigurationError, readAll } from '../../config/variables.ts';
import type { CoreConfig } from '../../core/config.ts';
import type { PasswordSettings } from '../../passwords/password-settings.ts';
import { CommandFailed } from '../command-line.ts';

/** The store of `npm run core`, with the environment that `npm run core` has. */
export type CoreStore = Extract<CoreServerConfig['store'], { kind: 'dynamodb' }> | EmbeddedCoreStore;

export interface EmbeddedCoreStore {
  readonly kind: 'embedded';
  readonly folder: string;
  readonly tables: CoreServerConfig['store']['tables'];
}

/** @throws CommandFailed if the environment is faulty, or no other process reaches the store */
export function coreStoreOf(environment: Environment): CoreStore {
  const { store } = configured(() => readCoreServerConfig(environment));
  if (store.kind === 'dynamodb') return store;
  const { folder } = store;
  if (folder === undefined) {
    throw new CommandFailed(
      'With SUPERTOKENS_DATA_DIR=memory, npm run core keeps its data in memory, which no command can read.',
    );
  }
  if (!existsSync(join(folder, 'dynamodb'))) {
    throw new CommandFailed(
      `There is no data of npm run core in ${folder}. Start it once, and set SUPERTOKENS_PORT and SUPERTOKENS_DATA_DIR ` +
        'for this command as for npm run core.',
    );
  }
  return { ...store, folder };
}

/** The settings of the core whose tables are meant: the stage's own, or those of `npm run core`. @throws CommandFailed */
export const settingsOf = (environment: Environment, isCore: boolean): CoreConfig =>
  configured(() => (isCore ? readCoreServerConfig(environment).settings : readCoreSettingsAlone(environment)));

/** How the environment says that passwords are hashed. @throws CommandFailed */
export const passwordSettingsOf = (environment: Environment): PasswordSettings =>
  configured(() => readAll(environment, readUserSettings).passwords);

function configured<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ConfigurationError ? new CommandFailed(error.message) : error;
  }
}
