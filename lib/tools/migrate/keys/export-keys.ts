import { CommandFailed } from '../../command-line.ts';
import type { KeyJob } from '../job.ts';
import { keysToGiveBack } from './keys.ts';
import { readOfficialKeys, writeOfficialKeys } from './official-keys.ts';

/**
 * Gives our keys to an official core.
 * @throws CommandFailed if it has sessions that need another refresh secret
 */
export async function exportKeys({ official, store, clock, isDryRun, terminal }: KeyJob): Promise<void> {
  const keyring = await store.keyring.read();
  if (keyring === undefined) throw new CommandFailed('There are no keys here, so there are no sessions to export.');
  const keys = keysToGiveBack(keyring);
  const { refreshTokenSecret } = await readOfficialKeys(official);
  const isOther = refreshTokenSecret !== undefined && refreshTokenSecret !== keys.refreshTokenSecret;
  if (isOther && (await official.sessions.count()) !== 0) {
    throw new CommandFailed(
      'The official core has sessions whose refresh tokens need another secret. With ours, their users would be logged out. ' +
        'Export into its own tables, or into those of a core without sessions.',
    );
  }
  if (!isDryRun) await writeOfficialKeys(official, keys, clock());
  const kids = [...keys.dynamicKeys, ...keys.staticKeys].map(({ kid }) => kid);
  terminal.print(`Keys: ${['the refresh secret', ...kids].join(', ')}`);
}
