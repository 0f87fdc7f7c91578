import { parseArgs } from 'node:util';
import { type Command, CommandFailed, confirm, EXIT, type Terminal, UsageError } from '../command-line.ts';
import { type Clone, changesFor, type FileChange, readClone, writeChanges } from './changes.ts';
import { exampleFilesIn, removeFiles } from './example.ts';
import { appNameFrom, faultIn, type Identity, type Namesakes, type Part } from './identity.ts';

const HELP = `npm run setup -- [options]

Gives this clone your service's name, domains and region. It edits serverless.yml, package.json and package-lock.json only.
At a terminal, it asks for each value that has no option.

  --name NAME        the service's and the package's name, such as shop-api
  --app-name NAME    the app's name for people, such as "Shop"
  --website URL      the website in production, such as https://app.example.com. Separate several by commas
  --api URL          the API in production, such as https://api.example.com
  --region REGION    the AWS region to deploy to, such as eu-central-1
  --without-examples removes the example: its routes, table, role, documents and tests. It does not ask
  --dry-run          prints what would change, and changes nothing
  --yes              does not ask

Exit codes: 0 done; 1 failed, and nothing was changed; 2 wrong usage.
`;

const OPTIONS = {
  name: { type: 'string' },
  'app-name': { type: 'string' },
  website: { type: 'string' },
  api: { type: 'string' },
  region: { type: 'string' },
  'without-examples': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The parts of an identity, in the order of the questions. */
const PARTS: readonly { readonly part: Part; readonly option: string; readonly question: string }[] = [
  { part: 'name', option: 'name', question: 'Name of the service' },
  { part: 'appName', option: 'app-name', question: "The app's name, for people" },
  { part: 'website', option: 'website', question: 'The website in production' },
  { part: 'api', option: 'api', question: 'The API in production' },
  { part: 'region', option: 'region', question: 'AWS region' },
];

const ORIGINAL_APP_NAME = 'SuperTokens sessions';

type Wishes = Readonly<Record<Part, string | undefined>>;

/** `npm run setup`, in a folder. */
export const setupCommand =
  (folder: string): Command =>
  async (args, terminal) => {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const { name, 'app-name': appName, website, api, region, 'dry-run': isDryRun } = values;
    const isExampleRemoved = values['without-examples'];
    const wishes: Wishes = { name, appName, website, api, region };
    const isAsking = terminal.isInteractive && !values.yes && !isExampleRemoved;
    if (!isAsking && !isExampleRemoved && Object.values(wishes).every((wish) => wish === undefined)) {
      terminal.notify(HELP);
      return EXIT.usage;
    }
    const clone = await readClone(folder);
    checkWishes(wishes, clone.namesakes);
    const identity = await decide(clone, wishes, isAsking ? terminal : undefined);
    const removed = isExampleRemoved ? await exampleFilesIn(folder) : [];
    const changes = changesFor(clone, identity, isExampleRemoved);
    terminal.print(listOf(changes, removed));
    if (changes.length + removed.length === 0) return EXIT.done;
    if (isDryRun) {
      terminal.print('\nNothing was changed, because of --dry-run.');
      return EXIT.done;
    }
    if (isAsking && !(await confirm(terminal, 'Write this?'))) throw new CommandFailed('Nothing was changed.');
    await writeChanges(folder, changes);
    await removeFiles(folder, removed);
    terminal.print(nextSteps(clone.identity, identity));
    return EXIT.done;
  };

/** @throws UsageError naming every fault at once */
function checkWishes(wishes: Wishes, namesakes: Namesakes): void {
  const faults = PARTS.flatMap(({ part, option }) => {
    const wish = wishes[part];
    const fault = wish === undefined ? undefined : faultIn(part, wish, namesakes);
    return fault === undefined ? [] : [`--${option} ${wish}: ${fault}`];
  });
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

/** The values that the options give. For the rest, it asks, or takes what it proposes. */
async function decide({ identity, namesakes }: Clone, wishes: Wishes, asked?: Terminal): Promise<Identity> {
  const decided: Record<Part, string | undefined> = { ...identity };
  for (const { part, question } of PARTS) {
    const proposal = part === 'appName' ? proposedAppName(identity, decided.name) : decided[part];
    decided[part] = wishes[part] ?? (asked ? await ask(asked, part, question, proposal, namesakes) : proposal);
  }
  const { name = identity.name, appName = identity.appName, region = identity.region, website, api } = decided;
  return { name, appName, region, website, api };
}

/** A new name makes a new app name, unless the app name was changed before. */
const proposedAppName = ({ name: before, appName }: Identity, name = before): string =>
  name !== before && [ORIGINAL_APP_NAME, appNameFrom(before)].includes(appName) ? appNameFrom(name) : appName;

/** Asks until the answer is good. An empty answer is the proposal, if there is one, or leaves the part out. */
async function ask(
  terminal: Terminal,
  part: Part,
  question: string,
  proposal: string | undefined,
  namesakes: Namesakes,
): Promise<string | undefined> {
  for (;;) {
    const answer = (await terminal.ask(`${question} [${proposal ?? 'none yet'}]: `)) || proposal;
    const fault = answer === undefined ? undefined : faultIn(part, answer, namesakes);
    if (fault === undefined) return answer;
    terminal.notify(fault);
  }
}

const listOf = (changes: readonly FileChange[], removed: readonly string[]): string =>
  changes.length + removed.length === 0
    ? 'There is nothing to change.'
    : [
        ...changes.flatMap(({ file, places }) => places.map((place) => `${file}:${place}`)),
        ...removed.map((file) => `${file}: removed`),
      ].join('\n');

function nextSteps(before: Identity, { name, website, api, region }: Identity): string {
  const isRenamed = before.name !== name;
  const host = api === undefined ? undefined : new URL(api).host;
  return [
    '\nNext:',
    '  npm test                        everything still holds',
    `  npm run dev                     the service on this machine${isRenamed ? ', with a database of the new name' : ''}`,
    `  npm run deploy -- --stage prod  in ${region}, with AWS credentials in the environment`,
    ...(host === undefined ? [] : [`  Map the domain ${host} to the API, in API Gateway under "Custom domain names".`]),
    ...(website === undefined
      ? ['  Before production: npm run setup -- --website https://<where your website is>']
      : []),
    ...(isRenamed
      ? [`  What was deployed as ${before.name} is another stack, and stays until it is removed there.`]
      : []),
  ].join('\n');
}
