import type { KeyJob } from '../job.ts';
import { takeOverKeys } from './keys.ts';
import { readOfficialKeys } from './official-keys.ts';

/**
 * Takes over an official core's keys.
 * @returns how many keys cannot be kept here
 * @throws CommandFailed if the stage has sessions that need others
 */
export async function importKeys(job: KeyJob): Promise<number> {
  const { official, store, schedule, random, clock, isDryRun, terminal } = job;
  const { summary, isReplacement, refused } = await takeOverKeys(await readOfficialKeys(official), {
    store,
    schedule,
    random,
    now: clock(),
    isDryRun,
    hasSessions: () => hasLiveSessions(job),
  });
  terminal.print(`Keys: ${summary}`);
  if (isReplacement) terminal.notify(OWN_KEYS);
  for (const { kid, reason } of refused) terminal.print(`Not moved: ${kid}: ${reason}`);
  return refused.length;
}

const OWN_KEYS =
  'They replace the keys that were here. Restart what runs on these tables, also npm run dev and npm run core, before a client sends a ' +
  'token. A running process keeps the old keys for up to half an hour, and would log out the users of moved sessions.';

async function hasLiveSessions({ ours, clock }: KeyJob): Promise<boolean> {
  for await (const { sessions } of ours.pages()) {
    if (sessions.some(({ expiry }) => expiry > clock())) return true;
  }
  return false;
}
